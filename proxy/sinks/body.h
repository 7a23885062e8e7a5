// A batch as the request that its receiver understands.
#pragma once

#include <string>
#include <string_view>

#include "sinks/batch.h"
#include "sinks/options.h"

namespace lastframe::sinks {

struct SinkBody {
  std::string_view content_type;
  std::string text;
};

SinkBody compose(const SinkOptions& options, const SinkBatch& batch);

// The url with the batch's id in place of each "{batch}".
std::string url_for(const SinkOptions& options, const SinkBatch& batch);

}  // namespace lastframe::sinks
