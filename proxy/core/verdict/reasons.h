// Lines of reasoning, one function each: a finding where it holds, nothing where it does not. The
// diagnosis asks them in the order of its tables.
#pragma once

#include <optional>
#include <string>

#include "core/catalogue/catalogue.h"
#include "core/verdict/case.h"
#include "core/verdict/finding.h"

namespace lastframe::verdict {

using Reason = std::optional<Finding> (*)(const Case&);

// own_ends.cpp: what this proxy did, or could not follow
std::optional<Finding> ended_by_us(const Case& facts);
std::optional<Finding> lost_track(const Case& facts);

// protocol.cpp: rules that were broken before the end
std::optional<Finding> foreign_bytes(const Case& facts);
std::optional<Finding> broken_rule(const Case& facts);
std::optional<Finding> unseen_protocol_error(const Case& facts);  // 1002
std::optional<Finding> unseen_bad_data(const Case& facts);        // 1007

// closes.cpp: Closes that are wrong in themselves
std::optional<Finding> injected_close(const Case& facts);
std::optional<Finding> broken_close(const Case& facts);
std::optional<Finding> reserved_code(const Case& facts);
std::optional<Finding> refused_code(const Case& facts);

// said.cpp: what the closer said, in a message, in the reason, by an application's code
std::optional<Finding> farewell(const Case& facts);
std::optional<Finding> reason_text(const Case& facts);
std::optional<Finding> application_code(const Case& facts);
std::optional<Finding> unknown_code(const Case& facts);
// 'The server's reason says "slow down".', with secrets redacted. There is a Close.
std::string reason_sentence(const Case& facts);
// The catalogue's row for the closer's reason; null: it says nothing that is known.
const catalogue::ReasonRow* known_reason(const Case& facts);

// crowd.cpp: many at once
std::optional<Finding> mass_close(const Case& facts);
std::optional<Finding> gradual_drain(const Case& facts);

// keepalive.cpp
std::optional<Finding> stretched_heartbeats(const Case& facts);
std::optional<Finding> unanswered_keepalive(const Case& facts);
std::optional<Finding> short_keepalive(const Case& facts);

// time.cpp: idle and lifetime limits, silent ones too
std::optional<Finding> idle_limit(const Case& facts);
std::optional<Finding> lifetime_limit(const Case& facts);
std::optional<Finding> stale_flow(const Case& facts);

// load.cpp: sizes, rates, slow readers
std::optional<Finding> too_big(const Case& facts);            // 1009
std::optional<Finding> too_big_elsewhere(const Case& facts);  // a gateway's 1001
std::optional<Finding> full_send_queue(const Case& facts);
std::optional<Finding> slow_reader(const Case& facts);
std::optional<Finding> policy(const Case& facts);  // 1008

// codes.cpp: what is left to say of a code
std::optional<Finding> hidden_abnormal_close(const Case& facts);
std::optional<Finding> plain_code(const Case& facts);

// abnormal.cpp: no Close
std::optional<Finding> lost_path(const Case& facts);
std::optional<Finding> cut_frame(const Case& facts);
std::optional<Finding> no_subprotocol(const Case& facts);
std::optional<Finding> ended_at_once(const Case& facts);
std::optional<Finding> bare_end(const Case& facts);

// handshake.cpp, connecting.cpp, tls.cpp: connections that never opened
std::optional<Finding> refused_handshake(const Case& facts);
std::optional<Finding> failed_connect(const Case& facts);
std::optional<Finding> failed_tls(const Case& facts);

// sealed.cpp: TLS that passed through
std::optional<Finding> sealed_end(const Case& facts);

}  // namespace lastframe::verdict
