// A small HTTP server of a test: answers each request as it is told to, and keeps what came.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lastframe::test {

class HttpReceiver {
 public:
  // The whole answer, head and body, to the n-th request (from 0); "": the connection is closed.
  using Answer = std::function<std::string(std::size_t n)>;

  explicit HttpReceiver(Answer answer)
      : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for the receiver");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpReceiver() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // Heads and bodies as they came.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string answer(const std::string& status, const std::string& body = "",
                            const std::string& fields = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n" + fields + "\r\n" + body;
  }

 private:
  void serve() {
    while (true) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      const std::string request = read_request(peer);
      std::size_t number = 0;
      {
        const std::lock_guard lock(mutex_);
        number = requests_.size();
        requests_.push_back(request);
      }
      const std::string text = answer_(number);
      (void)!send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      close(peer);
    }
  }

  static std::string read_request(int peer) {
    std::string text;
    char part[65'536];
    while (true) {
      const ssize_t count = recv(peer, part, sizeof part, 0);
      if (count <= 0) return text;
      text.append(part, static_cast<std::size_t>(count));
      const auto head_end = text.find("\r\n\r\n");
      const auto length = text.find("Content-Length: ");
      if (head_end == text.npos) continue;
      const std::size_t body = length < head_end ? std::stoul(text.substr(length + 16)) : 0;
      if (text.size() >= head_end + 4 + body) return text;
    }
  }

  Answer answer_;
  int listener_;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace lastframe::test
