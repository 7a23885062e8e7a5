#include "sinks/http_post.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

#include "core/base/words.h"

namespace lastframe::sinks {
namespace {

constexpr const char* kExample = "write a url such as http://127.0.0.1:8123/?query=INSERT%20...";

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

// libcurl wants this before threads use it; it counts its own users.
void begin_curl() {
  static std::once_flag begun;
  std::call_once(begun, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  std::string part_text = text;
  curl_free(text);
  return part_text;
}

// The batch's place has braces, which no url has.
std::string without_places(std::string url) {
  std::erase_if(url, [](char c) { return c == '{' || c == '}'; });
  return url;
}

// The file's text without the line end; none while it cannot be read: it may be on its way.
std::optional<std::string> secret_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

std::size_t keep(char* bytes, std::size_t one, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  const std::size_t room = kLongestAnswer - std::min(kLongestAnswer, body.size());
  body.append(bytes, std::min(room, one * count));
  return one * count;
}

}  // namespace

std::expected<void, Error> check_sink_url(const std::string& text) {
  begin_curl();
  const Url url(curl_url());
  const std::string plain = without_places(text);
  if (curl_url_set(url.get(), CURLUPART_URL, plain.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return std::unexpected(Error{"", "this is no url", kExample});
  }
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return std::unexpected(Error{"", printable(scheme) + " is not how a sink is reached",
                                 "write http:// or https://"});
  }
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    return std::unexpected(
        Error{"", "a user or a password stands in the url", "write user: and password_file:"});
  }
  if (!part_of(url, CURLUPART_FRAGMENT).empty()) {
    return std::unexpected(Error{"", "a fragment stands in the url", "leave out # and the rest"});
  }
  return {};
}

std::string shown_url(const std::string& text) {
  const Url url(curl_url());
  curl_url_set(url.get(), CURLUPART_URL, without_places(text).c_str(), 0);
  const std::string port = part_of(url, CURLUPART_PORT);
  return printable(part_of(url, CURLUPART_SCHEME) + "://" + part_of(url, CURLUPART_HOST) +
                       (port.empty() ? "" : ":" + port) + part_of(url, CURLUPART_PATH),
                   200);
}

struct HttpPost::Curl {
  const SinkOptions& options;
  CURLM* multi;
  CURL* easy;
  curl_slist* headers = nullptr;
  bool is_under_way = false;
  HttpRequest request{};  // libcurl reads its body in place
  HttpAnswer answer{};
  std::array<char, CURL_ERROR_SIZE> failure{};
  std::string token{};  // as last read
  std::string password{};

  void set_up_tls() const {
    // Nothing but what the configuration says: no proxy of the environment, no redirect.
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options.is_verified ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options.is_verified ? 2L : 0L);
    if (!options.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
  }

  void add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers, line.c_str());
    if (longer != nullptr) headers = longer;
  }

  void set_headers() {
    curl_slist_free_all(std::exchange(headers, nullptr));
    add_header("Content-Type: " + std::string(request.content_type));
    add_header("Idempotency-Key: " + request.batch);
    add_header("Expect:");  // no waiting for a 100
    if (!options.token_file.empty()) {
      if (auto fresh = secret_in(options.token_file)) token = *std::move(fresh);
      add_header("Authorization: Bearer " + token);
    }
    if (!options.user.empty()) {
      if (auto fresh = secret_in(options.password_file)) password = *std::move(fresh);
      curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      curl_easy_setopt(easy, CURLOPT_USERNAME, options.user.c_str());
      curl_easy_setopt(easy, CURLOPT_PASSWORD, password.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  }

  // An answer may quote the request; what must not be told is not told.
  void hide_secrets() {
    for (const std::string* secret : {&token, &password}) {
      if (secret->empty()) continue;
      for (auto at = answer.body.find(*secret); at != std::string::npos;
           at = answer.body.find(*secret)) {
        answer.body.erase(at, secret->size());
      }
    }
  }

  void end() {
    if (!std::exchange(is_under_way, false)) return;
    curl_multi_remove_handle(multi, easy);
  }
};

HttpPost::HttpPost(const SinkOptions& options) {
  begin_curl();
  curl_ = std::make_unique<Curl>(
      Curl{.options = options, .multi = curl_multi_init(), .easy = curl_easy_init()});
  CURL* easy = curl_->easy;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "lastframe");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, curl_->failure.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &curl_->answer.body);
  curl_->set_up_tls();
}

HttpPost::~HttpPost() {
  curl_->end();
  curl_easy_cleanup(curl_->easy);
  curl_multi_cleanup(curl_->multi);
  curl_slist_free_all(curl_->headers);
}

void HttpPost::start(HttpRequest request) {
  assert(!curl_->is_under_way);
  curl_->request = std::move(request);
  curl_->answer = {};
  curl_->failure[0] = '\0';
  curl_->set_headers();
  CURL* easy = curl_->easy;
  curl_easy_setopt(easy, CURLOPT_URL, curl_->request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, curl_->request.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(curl_->request.body.size()));
  curl_multi_add_handle(curl_->multi, easy);
  curl_->is_under_way = true;
}

std::optional<HttpAnswer> HttpPost::take_answer() {
  int count = 0;
  curl_multi_perform(curl_->multi, &count);
  const CURLMsg* message = curl_multi_info_read(curl_->multi, &count);
  if (message == nullptr || message->msg != CURLMSG_DONE) return std::nullopt;
  const CURLcode result = message->data.result;
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl_->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl_->easy, CURLINFO_RETRY_AFTER, &retry_after);
  curl_->end();
  HttpAnswer& answer = curl_->answer;
  if (result == CURLE_OK) {
    answer.status = static_cast<unsigned>(status);
    if (retry_after > 0) answer.retry_after = std::chrono::seconds(retry_after);
    curl_->hide_secrets();
  } else {
    answer.failure = curl_->failure[0] != '\0' ? curl_->failure.data() : curl_easy_strerror(result);
    answer.body.clear();
  }
  return std::move(answer);
}

void HttpPost::cancel() { curl_->end(); }

void HttpPost::wait(std::chrono::milliseconds most) {
  curl_multi_poll(curl_->multi, nullptr, 0, static_cast<int>(most.count()), nullptr);
}

void HttpPost::wake() { curl_multi_wakeup(curl_->multi); }

}  // namespace lastframe::sinks
