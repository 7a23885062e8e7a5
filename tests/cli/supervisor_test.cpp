#include "cli/supervisor.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>

#include "support/environment_variable.h"
#include "support/temporary_folder.h"

namespace lastframe::cli {
namespace {

using namespace std::chrono_literals;
using test::EnvironmentVariable;
using test::TemporaryFolder;

// The service manager's end of the socket.
class Mailbox {
 public:
  explicit Mailbox(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof(address.sun_path));
    const bool is_abstract = name.starts_with('@');
    name.copy(address.sun_path, name.size());
    if (is_abstract) address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(size)) == 0);
  }

  // The oldest message; empty where none came.
  std::string take() {
    std::array<char, 4096> room;
    const ssize_t size = recv(socket_.get(), room.data(), room.size(), 0);
    return size < 0 ? std::string() : std::string(room.data(), static_cast<std::size_t>(size));
  }

 private:
  net::FileDescriptor socket_;
};

TEST_CASE("nobody is told anything where no service manager waits") {
  for (const auto& name : {std::optional<std::string>(), std::optional<std::string>("")}) {
    const EnvironmentVariable socket("NOTIFY_SOCKET", name);
    const EnvironmentVariable usec("WATCHDOG_USEC", "nonsense");
    const auto supervisor = Supervisor::of_environment();
    REQUIRE(supervisor.has_value());
    CHECK_FALSE(supervisor->is_there());
    CHECK_FALSE(supervisor->patience().has_value());
    supervisor->say_ready("nobody hears this");
  }
}

TEST_CASE("each message is what sd_notify(3) says, through a path and an abstract name") {
  const TemporaryFolder folder;
  for (const std::string& name :
       {folder.file("notify"), "@lastframe-test-" + std::to_string(getpid())}) {
    CAPTURE(name);
    Mailbox mailbox(name);
    const EnvironmentVariable socket("NOTIFY_SOCKET", name);
    const EnvironmentVariable usec("WATCHDOG_USEC");
    const auto supervisor = Supervisor::of_environment();
    REQUIRE(supervisor.has_value());
    CHECK(supervisor->is_there());
    supervisor->say_ready("relaying");
    CHECK(mailbox.take() == "READY=1\nSTATUS=relaying\n");
    supervisor->say_reloading(Moment(1234567us));
    CHECK(mailbox.take() == "RELOADING=1\nMONOTONIC_USEC=1234567\n");
    supervisor->say_stopping("draining: 3 open", 35s);
    CHECK(mailbox.take() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=35000000\nSTATUS=draining: 3 open\n");
    supervisor->say_alive("relaying");
    CHECK(mailbox.take() == "WATCHDOG=1\nSTATUS=relaying\n");
    CHECK(mailbox.take() == "");
  }
}

TEST_CASE("a status cannot forge another message, and is short") {
  const TemporaryFolder folder;
  Mailbox mailbox(folder.file("notify"));
  const EnvironmentVariable socket("NOTIFY_SOCKET", folder.file("notify"));
  const auto supervisor = Supervisor::of_environment();
  REQUIRE(supervisor.has_value());
  supervisor->say_alive("up\nSTOPPING=1");
  CHECK(mailbox.take() == "WATCHDOG=1\nSTATUS=up\n");
  supervisor->say_alive(std::string(100'000, 'x'));
  CHECK(mailbox.take() == "WATCHDOG=1\nSTATUS=" + std::string(200, 'x') + "\n");
}

TEST_CASE("a service manager that is gone, or does not read, stops nobody") {
  const TemporaryFolder folder;
  Mailbox mailbox(folder.file("notify"));
  const EnvironmentVariable socket("NOTIFY_SOCKET", folder.file("notify"));
  const auto supervisor = Supervisor::of_environment();
  REQUIRE(supervisor.has_value());
  for (int i = 0; i < 10'000; ++i) supervisor->say_alive("its queue is full long before the end");
  CHECK(mailbox.take() != "");
  const EnvironmentVariable nowhere("NOTIFY_SOCKET", "/nowhere/notify");
  const auto alone = Supervisor::of_environment();
  REQUIRE(alone.has_value());
  alone->say_ready("nobody hears this");
}

TEST_CASE("the watchdog counts where it is meant for this process") {
  struct Row {
    std::string name;
    std::optional<std::string> usec;
    std::optional<std::string> pid;
    std::optional<std::chrono::microseconds> patience;
  };
  const std::string ours = std::to_string(getpid());
  for (const Row& row : {Row{"no watchdog", std::nullopt, std::nullopt, std::nullopt},
                         Row{"for whoever hears it", "30000000", std::nullopt, 30s},
                         Row{"for us", "30000000", ours, 30s},
                         Row{"for our parent", "30000000", "1", std::nullopt}}) {
    CAPTURE(row.name);
    const EnvironmentVariable socket("NOTIFY_SOCKET", "/run/notify");
    const EnvironmentVariable usec("WATCHDOG_USEC", row.usec);
    const EnvironmentVariable pid("WATCHDOG_PID", row.pid);
    const auto supervisor = Supervisor::of_environment();
    REQUIRE(supervisor.has_value());
    CHECK(supervisor->patience() == row.patience);
  }
}

TEST_CASE("an environment that makes no sense is said, with the variable") {
  struct Row {
    std::string socket;
    std::string usec;
    std::string said;
  };
  for (const Row& row : {Row{"relative/path", "1", "NOTIFY_SOCKET: \"relative/path\" is no path"},
                         Row{"vsock:2:1234", "1", "NOTIFY_SOCKET: \"vsock:2:1234\" is no path"},
                         Row{"/" + std::string(200, 'x'), "1", "NOTIFY_SOCKET: "},
                         Row{"@" + std::string(200, 'x'), "1", "NOTIFY_SOCKET: "},
                         Row{"/run/notify", "soon", "WATCHDOG_USEC: \"soon\" is no number"},
                         Row{"/run/notify", "0", "WATCHDOG_USEC: \"0\" is no number"}}) {
    const EnvironmentVariable socket("NOTIFY_SOCKET", row.socket);
    const EnvironmentVariable usec("WATCHDOG_USEC", row.usec);
    const EnvironmentVariable pid("WATCHDOG_PID");
    const auto supervisor = Supervisor::of_environment();
    REQUIRE_FALSE(supervisor.has_value());
    CAPTURE(to_text(supervisor.error()));
    CHECK(to_text(supervisor.error()).starts_with(row.said));
    CHECK_FALSE(supervisor.error().remedy.empty());
  }
}

}  // namespace
}  // namespace lastframe::cli
