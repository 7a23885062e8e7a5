#include "sinks/capture_formats.h"

#include <optional>
#include <utility>

#include "capture/har_writer.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "sinks/capture_files.h"

namespace lastframe::sinks {
namespace {

class Recordings final : public CaptureFormat {
 public:
  Recordings(const CaptureOptions& options, const std::string& program)
      : files_(options.files.folder, ".lfr", options.files.file_size, options.files.keep,
               [tap = options.tap, program] { return capture::recording_head(tap, program); }) {}

  std::expected<void, Error> write(std::string_view blocks) override {
    return files_.write(blocks);
  }
  std::expected<void, Error> finish() override { return {}; }

 private:
  CaptureFiles files_;
};

// A format of somebody else's: what the blocks hold is read, and written by a writer that is made
// for each file.
template <typename Writer>
class Translated final : public CaptureFormat, private capture::InputSink {
 public:
  using Make = std::unique_ptr<Writer> (*)(const CaptureOptions& options,
                                           std::function<void(std::string_view)> output);

  Translated(const CaptureOptions& options, std::string ending, Make make)
      : options_(options),
        files_(options.files.folder, std::move(ending), options.files.file_size, options.files.keep,
               [] { return std::string(); }),
        make_(make),
        reader_(capture::make_recording_reader(*this)) {
    reader_->feed(as_bytes(capture::recording_head(options.tap, "")));
  }

  // A connection stands in one file.
  std::expected<void, Error> write(std::string_view blocks) override {
    failure_.reset();
    if (files_.is_new_file_due()) {
      if (auto ended = finish(); !ended) return ended;
      if (auto begun = files_.begin_file(); !begun) return begun;
      writer_ = make_(options_, [this](std::string_view bytes) { append(bytes); });
    }
    reader_->feed(as_bytes(blocks));
    return outcome();
  }
  std::expected<void, Error> finish() override {
    if (writer_) writer_->finish();
    writer_.reset();
    return outcome();
  }

 private:
  void on_start(const capture::ConnectionStart& start) override { writer_->on_start(start); }
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    writer_->on_input(connection, now, input);
  }
  void on_flaw(const capture::Flaw& flaw) override {
    if (writer_) writer_->on_flaw(flaw);
  }
  void on_record(std::uint64_t connection, std::string_view json) override {
    writer_->on_record(connection, json);
  }

  void append(std::string_view bytes) {
    if (failure_) return;
    if (auto written = files_.append(bytes); !written) failure_ = std::move(written.error());
  }
  std::expected<void, Error> outcome() const {
    if (failure_) return std::unexpected(*failure_);
    return {};
  }

  const CaptureOptions& options_;
  CaptureFiles files_;
  Make make_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<capture::Reader> reader_;
  std::optional<Error> failure_;
};

std::unique_ptr<capture::PcapngWriter> make_pcapng(const CaptureOptions&,
                                                   std::function<void(std::string_view)> output) {
  return std::make_unique<capture::PcapngWriter>(std::move(output));
}

std::unique_ptr<capture::HarWriter> make_har(const CaptureOptions& options,
                                             std::function<void(std::string_view)> output) {
  return std::make_unique<capture::HarWriter>(
      capture::HarWriterOptions{.version = options.version, .redaction = options.flight.redaction},
      std::move(output));
}

}  // namespace

CaptureFormats::CaptureFormats(const CaptureOptions& options, std::string program) {
  if (options.files.writes_recording) {
    formats_.push_back(std::make_unique<Recordings>(options, program));
  }
  if (options.files.writes_pcapng) {
    formats_.push_back(
        std::make_unique<Translated<capture::PcapngWriter>>(options, ".pcapng", make_pcapng));
  }
  if (options.files.writes_har) {
    formats_.push_back(std::make_unique<Translated<capture::HarWriter>>(options, ".har", make_har));
  }
}

CaptureFormats::~CaptureFormats() = default;

std::expected<void, Error> CaptureFormats::write(std::string_view blocks) {
  std::expected<void, Error> outcome;
  for (const auto& format : formats_) {
    if (auto written = format->write(blocks); !written && outcome) outcome = std::move(written);
  }
  return outcome;
}

std::expected<void, Error> CaptureFormats::finish() {
  std::expected<void, Error> outcome;
  for (const auto& format : formats_) {
    if (auto ended = format->finish(); !ended && outcome) outcome = std::move(ended);
  }
  return outcome;
}

}  // namespace lastframe::sinks
