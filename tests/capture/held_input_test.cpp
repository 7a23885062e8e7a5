#include "capture/held_input.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace lastframe;
using capture::HeldInput;

TEST_CASE("what an input points to lives as long as the one that waits") {
  std::vector<HeldInput> held;
  {
    std::string text = "some bytes that are gone";
    session::TlsLeg leg;
    leg.server_name = "chat.example";
    leg.alpn = "h2";
    session::TlsFailure failure;
    failure.detail = "why";
    const Moment now(std::chrono::milliseconds(5));
    held.emplace_back(now, session::BytesRelayed{.direction = Direction::server_to_client,
                                                 .bytes = as_bytes(text)});
    held.emplace_back(now, session::ClientNamed{.address = text});
    held.emplace_back(now, session::UpstreamConnected{.address = text, .upstream = "chat"});
    held.emplace_back(now, session::ConnectFailed{.address = text, .error = "ECONNREFUSED"});
    held.emplace_back(now,
                      session::HeadRelayed{.direction = Direction::client_to_server, .text = text});
    held.emplace_back(now, session::TlsEstablished{.peer = Endpoint::client, .leg = &leg});
    held.emplace_back(
        now, session::TlsFailed{.peer = Endpoint::client, .leg = &leg, .failure = &failure});
    held.emplace_back(
        now, session::StreamEnded{.endpoint = Endpoint::client, .how = session::EndKind::reset});
    text.assign(text.size(), '?');
    leg = {};
  }
  const std::vector<HeldInput> moved = std::move(held);
  const std::string_view text = "some bytes that are gone";
  CHECK(moved[0].at() == Moment(std::chrono::milliseconds(5)));
  CHECK(moved[0].size() >= sizeof(HeldInput) + text.size());
  CHECK(as_text(std::get<session::BytesRelayed>(moved[0].input()).bytes) == text);
  CHECK(std::get<session::ClientNamed>(moved[1].input()).address == text);
  CHECK(std::get<session::UpstreamConnected>(moved[2].input()).address == text);
  CHECK(std::get<session::UpstreamConnected>(moved[2].input()).upstream == "chat");
  CHECK(std::get<session::ConnectFailed>(moved[3].input()).address == text);
  CHECK(std::get<session::ConnectFailed>(moved[3].input()).error == "ECONNREFUSED");
  CHECK(std::get<session::HeadRelayed>(moved[4].input()).text == text);
  CHECK(std::get<session::TlsEstablished>(moved[5].input()).leg->server_name == "chat.example");
  CHECK(std::get<session::TlsFailed>(moved[6].input()).leg->alpn == "h2");
  CHECK(std::get<session::TlsFailed>(moved[6].input()).failure->detail == "why");
  CHECK(std::get<session::StreamEnded>(moved[7].input()).how == session::EndKind::reset);
}
