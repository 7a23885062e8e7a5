#include "probe/account.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

using namespace lastframe;
using namespace lastframe::probe;
using namespace std::chrono_literals;

namespace {

Account full_account() {
  Account account;
  account.connection = "0011223344556677";
  account.head = "GET / HTTP/1.1\r\nX: \xff\"\r\n\r\n";
  account.answer = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
  account.early = "yes";
  account.tls = "TLS 1.3";
  account.frames = {form_of(make_frame(ws::Opcode::text, "Hello", ws::MaskingKey{})),
                    form_of(make_frame(ws::Opcode::binary, std::string(70000, 'x'), std::nullopt))};
  account.frame_count = 5000000000;
  account.digest = 0xFEDCBA9876543210;
  account.close = std::string("\x03\xe8\0", 3);
  account.ended = "fin";
  account.mid_frame = 17;
  return account;
}

}  // namespace

TEST_CASE("an account reads as it was written") {
  CHECK(parse_account(account_json(full_account())) == full_account());
  CHECK(parse_account(account_json(Account{})) == Account{});
}

TEST_CASE("what is no account has no reading") {
  const std::string good = account_json(full_account());
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_account(good.substr(0, size)).has_value());
  }
  for (const char* json : {R"({"account":null})", R"({"account":[]})", R"({"account":{}})", "[]"}) {
    CHECK_FALSE(parse_account(json).has_value());
  }
}

TEST_CASE("an account is found as it was put last") {
  Accounts accounts;
  Account account = full_account();
  account.ended.clear();
  accounts.put(account);
  CHECK_FALSE(accounts.find("unknown", 0ms).has_value());
  account.frame_count = 7;
  accounts.put(account);
  const auto found = accounts.find(account.connection, 0ms);
  REQUIRE(found.has_value());
  CHECK(found->frame_count == 7);
}

TEST_CASE("who waits for the end of a connection gets it") {
  Accounts accounts;
  Account account = full_account();
  account.ended.clear();
  accounts.put(account);
  std::thread ending([&] {
    Account ended = account;
    ended.ended = "reset";
    accounts.put(ended);
  });
  const auto found = accounts.find(account.connection, 30s);
  ending.join();
  REQUIRE(found.has_value());
  CHECK(found->ended == "reset");
}

TEST_CASE("the oldest accounts are forgotten first") {
  Accounts accounts;
  Account account;
  for (std::size_t i = 0; i <= Accounts::kMostKept; ++i) {
    account.connection = std::to_string(i);
    account.ended = "fin";
    accounts.put(account);
  }
  CHECK_FALSE(accounts.find("0", 0ms).has_value());
  CHECK(accounts.find("1", 0ms).has_value());
  CHECK(accounts.find(std::to_string(Accounts::kMostKept), 0ms).has_value());
}
