// Plays a scenario's steps through a session, with its bytes cut as the caller says.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/session/session.h"
#include "support/recording_observer.h"
#include "support/scenario.h"
#include "support/splits.h"

namespace lastframe::test {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

using Classify = session::Verdict (*)(const session::SessionReport&, const catalogue::Catalogue&);

// What a scenario is played with: without a catalogue nothing is recognised, and there is no
// verdict.
struct Knowledge {
  Knowledge() = default;
  // `how`: verdict::classify.
  Knowledge(std::shared_ptr<const catalogue::Catalogue> rows, Classify how)
      : catalogue(std::move(rows)),
        recognition(std::make_shared<catalogue::Recognition>(*catalogue)),
        classify(how) {}

  std::shared_ptr<const catalogue::Catalogue> catalogue;
  std::shared_ptr<const catalogue::Recognition> recognition;  // made once for all plays
  Classify classify = nullptr;
  // Who keeps what comes; none: nobody.
  std::function<std::shared_ptr<session::Recording>(const session::RecordingStart&)> record;
};

// What is said of `steps`. `split_of(i, bytes)` is the Split in which the bytes of the i-th come.
template <typename SplitOf>
RecordingObserver play(const Scenario& scenario, const std::vector<Step>& steps, SplitOf split_of,
                       const Knowledge& knowledge = {}) {
  RecordingObserver observer;
  const session::SessionOptions options{.listener = "chat",
                                        .upstream = "chat-a",
                                        .privacy = {},
                                        .watched_head = scenario.watched_head,
                                        .interest = kEverything,
                                        .after_break = scenario.after_break,
                                        .catalogue = knowledge.catalogue,
                                        .recognition = knowledge.recognition};
  observer.record = knowledge.record;
  if (knowledge.catalogue) {
    observer.judge = [&knowledge](session::SessionReport& report) {
      report.verdict = knowledge.classify(report, *knowledge.catalogue);
    };
  }
  ws::InflatePool inflaters{ws::InflateLimits{}};
  Moment now{};
  session::Session session({.id = 1,
                            .client = "192.0.2.1:50122",
                            .is_client_trusted = scenario.is_client_trusted,
                            .accepted = now,
                            .accepted_wall = {},
                            .inflaters = &inflaters},
                           options, observer);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::visit(
        Overloaded{
            [&](const Say& say) {
              feed_parts(split_of(i, std::string_view(say.bytes)), [&](std::string_view part) {
                session.handle(now,
                               session::BytesRelayed{direction_from(say.endpoint), as_bytes(part)});
              });
            },
            [&](const Wait& wait) { now += wait.time; },
            [&](const StreamHeadSaid& said) {
              session.handle(now, session::HeadRelayed{direction_from(said.endpoint), said.text});
            },
            [&](const Connected& event) {
              session.handle(now, session::UpstreamConnected{event.address, event.upstream});
            },
            [&](const ClientIs& event) {
              session.handle(now, session::ClientNamed{event.address});
            },
            [&](const TlsStep& tls) {
              if (tls.failure) {
                session.handle(now, session::TlsFailed{tls.peer, &tls.leg, &*tls.failure});
              } else {
                session.handle(now, session::TlsEstablished{tls.peer, &tls.leg, 400});
              }
            },
            [&](const NotConnected& event) {
              session.handle(now, session::ConnectFailed{event.address, event.error});
            },
            [&](const RoundTrip& trip) {
              session.handle(now, session::TransportSampled{
                                      trip.endpoint, {.rtt_ms = trip.milliseconds, .error = {}}});
            },
            [&](const auto& input) { session.handle(now, input); },
        },
        steps[i]);
  }
  if (scenario.patterns) session.handle(now, session::PatternsKnown{*scenario.patterns});
  session.handle(now, session::Finished{});
  observer.judge = nullptr;
  observer.record = nullptr;
  return observer;
}

// Neighbouring bytes of one endpoint become one step.
inline std::vector<Step> in_one_go(const std::vector<Step>& steps) {
  std::vector<Step> result;
  for (const Step& step : steps) {
    const auto* say = std::get_if<Say>(&step);
    auto* before = result.empty() ? nullptr : std::get_if<Say>(&result.back());
    if (say != nullptr && before != nullptr && say->endpoint == before->endpoint) {
      before->bytes += say->bytes;
    } else {
      result.push_back(step);
    }
  }
  return result;
}

}  // namespace lastframe::test
