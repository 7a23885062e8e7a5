#include "cli/health_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

#include "support/raw_peer.h"

namespace lastframe::cli {
namespace {

using namespace std::chrono_literals;

struct Run {
  explicit Run(const HealthCommand& command) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run_health(command, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }

  int exit_code;
  std::string out;
  std::string err;
};

// An admin port that says `answer` to the one who comes, then ends or keeps the connection.
enum class Afterwards { ends, stays };

class AdminPort {
 public:
  explicit AdminPort(std::string answer, Afterwards afterwards = Afterwards::ends)
      : thread_([this, answer = std::move(answer), afterwards] {
          test::RawPeer peer = listener_.accept();
          std::string head;
          while (!head.ends_with("\r\n\r\n")) head += peer.receive(1);
          request_ = head;
          peer.send(answer);
          if (afterwards == Afterwards::stays) peer.receive_to_end();
        }) {}
  ~AdminPort() {
    if (thread_.joinable()) thread_.join();
  }

  net::Address address() const { return net::TcpAddress{"127.0.0.1", listener_.address().port()}; }
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  test::RawListener listener_;
  std::string request_;
  std::thread thread_;
};

TEST_CASE("a 200 is healthy, in one line") {
  AdminPort port("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nready\n", Afterwards::stays);
  const Run run({port.address(), Probe::ready});
  CHECK(run.exit_code == 0);
  CHECK(run.out == net::to_text(port.address()) + ": /readyz ready\n");
  CHECK(run.err == "");
  const std::string request = port.request();
  CHECK(request.starts_with("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(request.contains("\r\nConnection: close\r\n"));
}

TEST_CASE("/healthz is what is asked for if nothing else is said") {
  AdminPort port("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(Run({port.address()}).out == net::to_text(port.address()) + ": /healthz 200\n");
  CHECK(port.request().starts_with("GET /healthz HTTP/1.1\r\n"));
}

TEST_CASE("any other answer is not healthy, and says why") {
  struct Row {
    std::string_view name;
    std::string_view answer;
    std::string_view said;
  };
  for (const Row& row : {
           Row{"draining",
               "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\ndraining\n",
               ": /readyz answered 503: draining\n"},
           Row{"a page elsewhere", "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
               ": /readyz answered 302\n"},
           Row{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP; is this the admin"},
           Row{"an end without an answer", "", "does not speak HTTP"},
           Row{"an end within the head", "HTTP/1.1 200 OK\r\nContent-", "does not speak HTTP"},
           Row{"a text that would colour the terminal",
               "HTTP/1.1 500 Oops\r\n\r\n\x1b[31mred\r\nmore", ": /readyz answered 500: "},
       }) {
    CAPTURE(row.name);
    AdminPort port{std::string(row.answer)};
    const Run run({port.address(), Probe::ready});
    CHECK(run.exit_code == 1);
    CHECK(run.out == "");
    CHECK(run.err.starts_with("lastframe: " + net::to_text(port.address()) + ": "));
    CHECK(run.err.contains(row.said));
    CHECK_FALSE(run.err.contains('\x1b'));
    CHECK_FALSE(run.err.contains("more"));
  }
}

TEST_CASE("a proxy that is not there, or has no admin port, is not healthy") {
  const test::RefusingAddress refusing;
  const Run run({net::TcpAddress{"127.0.0.1", refusing.address().port()}});
  CHECK(run.exit_code == 1);
  CHECK(run.err.contains("Connection refused; is the proxy running, with `admin:"));
  const Run path({net::UnixPath{"/nowhere/admin.sock"}});
  CHECK(path.exit_code == 1);
  CHECK(path.err.starts_with("lastframe: unix:/nowhere/admin.sock: No such file or directory; "));
}

TEST_CASE("an answer that does not come is waited for no longer than asked") {
  const test::RawListener silent;  // the kernel accepts, nobody answers
  const Run run({net::TcpAddress{"127.0.0.1", silent.address().port()}, Probe::alive, 50ms});
  CHECK(run.exit_code == 1);
  CHECK(run.err.contains("no answer in time; "));
}

TEST_CASE("every address of a listener is asked for at its loopback one") {
  for (const std::string_view host : {"", "0.0.0.0"}) {
    CAPTURE(host);
    AdminPort port("HTTP/1.1 200 OK\r\n\r\nok\n");
    const auto tcp = std::get<net::TcpAddress>(port.address());
    CHECK(Run({net::TcpAddress{std::string(host), tcp.port}}).exit_code == 0);
    CHECK(port.request().contains(net::to_text(port.address())));
  }
}

TEST_CASE("as JSON every outcome is one object on standard output") {
  AdminPort port("HTTP/1.1 503 Service Unavailable\r\n\r\ndraining\n");
  const Run run({port.address(), Probe::ready, 3s, AnswerFormat::json});
  CHECK(run.exit_code == 1);
  CHECK(run.err == "");
  const auto row = nlohmann::json::parse(run.out);
  CHECK(row["admin"] == net::to_text(port.address()));
  CHECK(row["path"] == "/readyz");
  CHECK(row["ok"] == false);
  CHECK(row["status"] == 503);
  CHECK(row["said"] == "draining");
  CHECK(row["error"].is_null());
  const Run none({net::UnixPath{"/nowhere"}, Probe::alive, 3s, AnswerFormat::json});
  CHECK(none.exit_code == 1);
  const auto refused = nlohmann::json::parse(none.out);
  CHECK(refused["ok"] == false);
  CHECK(refused["status"].is_null());
  CHECK(refused["error"].get<std::string>().starts_with("unix:/nowhere: No such file"));
}

}  // namespace
}  // namespace lastframe::cli
