// The near end of a path test: a client that speaks with the echo through the path.
#pragma once

#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "probe/account.h"
#include "probe/check.h"
#include "probe/frame.h"
#include "probe/instruction.h"
#include "probe/wire.h"

namespace lastframe::probe {

// What is unusual about an opening handshake.
struct Opening {
  std::string segment{};                    // behind the URL's path
  std::string query{};                      // behind the request target
  std::string extensions{};                 // offered
  std::vector<std::string> subprotocols{};  // offered besides the test's own
  std::vector<Field> fields{};
  std::string early{};  // bytes in one piece with the request
};

class PathPeer {
 public:
  // Connects, shakes hands and asks for the first account. `options` outlives it.
  PathPeer(const PathOptions& options, const Opening& opening);

  // Whether the connection stands and an echo has answered; else note_failure() says why not.
  bool is_open() const { return account_.has_value(); }
  // `result`: for a path that did not let the handshake through.
  void note_failure(Row& row, Result result) const;

  const std::string& request() const { return request_; }
  const std::string& answer() const { return answer_.head; }
  const Account& account() const { return *account_; }  // as it was once the connection stood
  const Dialled& dialled() const { return dialled_; }

  // Under a key drawn at random, unless one is given.
  Frame frame(ws::Opcode opcode, std::string payload, Last last = Last::yes,
              std::optional<ws::MaskingKey> key = std::nullopt);
  bool send(const Frame& frame);
  bool send_bytes(std::string_view bytes);
  bool tell(const Instruction& instruction);

  // The next frame. No value: the stream has ended, or it did not come in time: by `until`, or
  // without one when nothing at all came for as long as the time-out says.
  std::optional<Frame> next(std::optional<Moment> until = std::nullopt);
  // The frames that come before the account that was asked for, and that account. No account: what
  // came is all that came.
  struct Returned {
    std::vector<Frame> frames;
    std::optional<Account> account;
  };
  Returned ask(const Report& report);

  // Why nothing more comes, as a phrase: "the connection was reset". Empty: it stands.
  std::string end_text() const;
  const std::optional<Frame>& close_frame() const { return close_; }  // that came
  Wire& wire() { return *dialled_.wire; }
  Moment deadline() const;

 private:
  void shake_hands(const Opening& opening);

  const PathOptions& options_;
  Dialled dialled_;
  std::string request_;
  Answer answer_;
  std::optional<Account> account_;
  std::vector<Frame> first_frames_;  // that came before the first account
  std::string input_;
  FrameReader reader_;
  std::optional<Frame> close_;
  std::mt19937 random_;
};

// What is known of a connection that does not answer any more: asked through another one.
std::optional<Account> account_of(const PathOptions& options, const std::string& connection,
                                  bool is_end_awaited);

}  // namespace lastframe::probe
