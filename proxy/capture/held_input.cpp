#include "capture/held_input.h"

namespace lastframe::capture {

HeldInput::HeldInput(Moment at, const session::Input& input)
    : at_(at), input_(input), text_(std::make_unique<std::string>()) {
  if (auto* relayed = std::get_if<session::BytesRelayed>(&input_)) {
    *text_ = as_text(relayed->bytes);
    relayed->bytes = as_bytes(*text_);
  } else if (auto* named = std::get_if<session::ClientNamed>(&input_)) {
    *text_ = named->address;
    named->address = *text_;
  } else if (auto* connected = std::get_if<session::UpstreamConnected>(&input_)) {
    *text_ = connected->address;
    text_->append(connected->upstream);
    const std::string_view both(*text_);
    *connected = {.address = both.substr(0, connected->address.size()),
                  .upstream = both.substr(connected->address.size())};
  } else if (auto* refused = std::get_if<session::ConnectFailed>(&input_)) {
    *text_ = refused->address;
    text_->append(refused->error);
    const std::string_view both(*text_);
    *refused = {.address = both.substr(0, refused->address.size()),
                .error = both.substr(refused->address.size())};
  } else if (auto* head = std::get_if<session::HeadRelayed>(&input_)) {
    *text_ = head->text;
    head->text = *text_;
  } else if (auto* established = std::get_if<session::TlsEstablished>(&input_)) {
    leg_ = std::make_unique<session::TlsLeg>(*established->leg);
    established->leg = leg_.get();
  } else if (auto* failed = std::get_if<session::TlsFailed>(&input_)) {
    leg_ = std::make_unique<session::TlsLeg>(*failed->leg);
    failure_ = std::make_unique<session::TlsFailure>(*failed->failure);
    failed->leg = leg_.get();
    failed->failure = failure_.get();
  }
}

}  // namespace lastframe::capture
