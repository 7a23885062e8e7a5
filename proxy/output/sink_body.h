// A batch as the request that its receiver understands.
#pragma once

#include <string>
#include <string_view>

#include "output/sink_batch.h"
#include "output/sink_options.h"

namespace lastframe::output {

struct SinkBody {
  std::string_view content_type;
  std::string text;
};

SinkBody compose(const SinkOptions& options, const SinkBatch& batch);

// The url with the batch's id in place of each "{batch}".
std::string url_for(const SinkOptions& options, const SinkBatch& batch);

}  // namespace lastframe::output
