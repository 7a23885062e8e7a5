#include "cli/health_command.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "core/base/words.h"
#include "core/http/head.h"
#include "net/clock.h"
#include "net/sockets.h"

namespace lastframe::cli {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{64} * 1024;  // bytes; more is no answer of ours
constexpr std::size_t kMostShown = 200;                      // characters of its text

struct Answer {
  unsigned status = 0;
  std::string text;  // the body's first line, printable
};

std::string_view path_of(Probe probe) { return probe == Probe::alive ? "/healthz" : "/readyz"; }

std::string words(int error) { return std::generic_category().message(error); }

// Where a listener that takes every address is reached from its own machine.
net::Address reached_at(const net::Address& admin) {
  const auto* tcp = std::get_if<net::TcpAddress>(&admin);
  if (tcp == nullptr) return admin;
  if (tcp->host.empty() || tcp->host == "0.0.0.0") return net::TcpAddress{"127.0.0.1", tcp->port};
  return tcp->host == "::" ? net::TcpAddress{"::1", tcp->port} : *tcp;
}

std::optional<net::SocketAddress> socket_address(const net::Address& address) {
  if (const auto* path = std::get_if<net::UnixPath>(&address)) {
    return net::SocketAddress::of_path(path->path);
  }
  const auto& tcp = std::get<net::TcpAddress>(address);
  return net::SocketAddress::of_numeric(tcp.host, tcp.port);
}

// Waits until the socket can be read or written, as `events` (poll(2)) asks. False: too late.
bool wait_for(int fd, short events, Moment deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - net::now()).count();
    if (left <= 0) return false;
    pollfd watched{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&watched, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// Whether `bytes` hold the whole answer, so that a server that keeps the connection open need not
// be waited for.
bool is_complete(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const auto head = http::parse_response_head(bytes.substr(0, end + 4));
  if (!head) return true;
  const auto length = head->fields.first("Content-Length");
  std::size_t wanted = 0;
  if (!length ||
      std::from_chars(length->data(), length->data() + length->size(), wanted).ec != std::errc{}) {
    return false;
  }
  return bytes.size() - (end + 4) >= wanted;
}

// All that the admin port sends for `request`. The errors have no `where`.
std::expected<std::string, Error> exchange(const net::SocketAddress& to, std::string_view request,
                                           Moment deadline) {
  static const std::string kIsItOn =
      "is the proxy running, with `admin: {listen: ...}` or --admin there?";
  static const Error kTooLate{"", "no answer in time",
                              "is the machine overloaded, or --timeout low?"};
  const net::ConnectBegun begun = net::begin_connect(to, std::nullopt, std::nullopt);
  if (begun.error != 0 && begun.error != EINPROGRESS) {
    return std::unexpected(Error{"", words(begun.error), kIsItOn});
  }
  const int fd = begun.socket.get();
  if (!wait_for(fd, POLLOUT, deadline)) return std::unexpected(kTooLate);
  if (const int error = net::take_socket_error(fd); error != 0) {
    return std::unexpected(Error{"", words(error), kIsItOn});
  }
  // So few bytes fit into an empty send buffer at once.
  if (net::transmit(fd, std::as_bytes(std::span(request))) < 0) {
    return std::unexpected(Error{"", words(errno), kIsItOn});
  }
  std::string answer;
  std::array<std::byte, 4096> room;
  while (answer.size() < kMostAnswer && !is_complete(answer)) {
    if (!wait_for(fd, POLLIN, deadline)) {
      if (answer.contains("\r\n\r\n")) break;
      return std::unexpected(kTooLate);
    }
    const ssize_t got = net::receive(fd, room);
    if (got < 0 && net::would_block(errno)) continue;
    if (got < 0) return std::unexpected(Error{"", words(errno), kIsItOn});
    if (got == 0) break;
    answer.append(reinterpret_cast<const char*>(room.data()), static_cast<std::size_t>(got));
  }
  return answer;
}

std::string first_line(std::string_view body) {
  return printable(body.substr(0, std::min(body.find_first_of("\r\n"), kMostShown)));
}

std::expected<Answer, Error> ask(const net::Address& at, std::string_view path,
                                 std::chrono::milliseconds timeout) {
  const auto to = socket_address(at);
  if (!to)
    return std::unexpected(Error{"", "no address to connect to", "write it as --help has it"});
  const bool is_path = std::holds_alternative<net::UnixPath>(at);
  const auto bytes =
      exchange(*to,
               fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: lastframe-health\r\n"
                           "Accept: text/plain\r\nConnection: close\r\n\r\n",
                           path, is_path ? "localhost" : net::to_text(at)),
               net::now() + timeout);
  if (!bytes) return std::unexpected(bytes.error());
  const auto end = bytes->find("\r\n\r\n");
  const auto head = end == std::string::npos
                        ? std::nullopt
                        : http::parse_response_head(std::string_view(*bytes).substr(0, end + 4));
  if (!head) {
    return std::unexpected(
        Error{"", "what answers there does not speak HTTP", "is this the admin port's address?"});
  }
  return Answer{head->status, first_line(std::string_view(*bytes).substr(end + 4))};
}

}  // namespace

int run_health(const HealthCommand& command, std::ostream& out, std::ostream& err) {
  const net::Address at = reached_at(command.admin);
  const std::string address = net::to_text(at);
  const std::string_view path = path_of(command.probe);
  auto answer = ask(at, path, command.timeout);
  const bool is_good = answer && answer->status == 200;
  if (!answer) answer.error().where = address;
  if (command.format == AnswerFormat::json) {
    nlohmann::ordered_json row{{"admin", address},  {"path", path},    {"ok", is_good},
                               {"status", nullptr}, {"said", nullptr}, {"error", nullptr}};
    if (answer) {
      row["status"] = answer->status;
      row["said"] = answer->text;
    } else {
      row["error"] = to_text(answer.error());
    }
    out << row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  } else if (is_good) {
    out << fmt::format("{}: {} {}\n", address, path, answer->text.empty() ? "200" : answer->text);
  } else if (answer) {
    err << fmt::format("lastframe: {}: {} answered {}{}{}\n", address, path, answer->status,
                       answer->text.empty() ? "" : ": ", answer->text);
  } else {
    err << "lastframe: " << to_text(answer.error()) << '\n';
  }
  return is_good ? kExitDone : kExitFoundSomething;
}

}  // namespace lastframe::cli
