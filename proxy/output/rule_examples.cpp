#include "output/rule_examples.h"

#include <array>
#include <cstddef>

namespace lastframe::output {
namespace {

using enum Setup;
using ws::Rule;

constexpr std::string_view kOpened = R"(client upgrade
server accept
)";

constexpr std::string_view kOpenedWithDeflate = R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate
server |
)";

// One row for each rule: as long as the table of rules.
constexpr std::array<RuleExample, ws::kRuleCount> kExamples{{
    {Rule::request_not_get,
     {own_handshake, "The request is a POST.", R"(client | POST /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "A GET may have a query, which is part of the resource's name.",
      R"(client | GET /chat?room=7 HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::host_missing,
     {own_handshake, "The request has no Host field.", R"(client | GET /chat HTTP/1.1
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "Host may be an address, and have a port.", R"(client | GET /chat HTTP/1.1
client | Host: [2001:db8::7]:8080
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::upgrade_not_websocket,
     {own_handshake, "There is a Sec-WebSocket-Key, and no Upgrade field.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "The word may be in any case, and one of several.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: h2c, WebSocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::connection_without_upgrade,
     {own_handshake, "The Connection field says something else.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: keep-alive
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "The token may be in any case, and one of several.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: keep-alive, upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::key_invalid,
     {own_handshake, "The key is the base64 of 15 bytes.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: ZmlmdGVlbiBieXRlcyEh
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "Sixteen bytes of zero are a bad choice, and a valid key.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::key_repeated,
     {own_handshake, "The client asks again on the same connection, with the key of before.",
      R"(client upgrade
server | HTTP/1.1 401 Unauthorized
server | Content-Length: 0
server |
client upgrade
)"},
     {own_handshake, "It asks again with a key of its own.", R"(client upgrade
server | HTTP/1.1 401 Unauthorized
server | Content-Length: 0
server |
client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: rkSKyGxOjk3sZFcpcI70GA==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::version_not_13,
     {own_handshake, "The client speaks the version of a draft.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 8
client |
)"},
     {own_handshake, "A refusing answer may list several versions; a request may not.",
      R"(client upgrade
server | HTTP/1.1 426 Upgrade Required
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Version: 13, 8, 7
server | Content-Length: 0
server |
)"}},
    {Rule::origin_missing,
     {own_handshake, "The client says that it is Firefox, and has no Origin.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "What is no browser needs no Origin.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | User-Agent: sensor/1.4
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},
    {Rule::subprotocol_list_invalid,
     {own_handshake, "The same subprotocol is offered twice.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Protocol: chat, chat
client |
)"},
     {own_handshake, "The list may come in several fields.", R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Protocol: chat
client | Sec-WebSocket-Protocol: superchat
client |
)"}},
    {Rule::response_upgrade_wrong,
     {own_handshake, "The 101 has two Upgrade fields: a hop added one to the server's.",
      R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"},
     {own_handshake, "The word may be in any case.", R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: WebSocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"}},
    {Rule::response_connection_wrong,
     {own_handshake, "The 101 has a Connection field that says something else.", R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: keep-alive
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"},
     {own_handshake, "The token may be one of several.", R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: keep-alive, Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"}},
    {Rule::accept_wrong,
     {own_handshake, "The Sec-WebSocket-Accept is made of another key: the 101 came from a cache.",
      R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: Z4aMZNs++hAlU2unMJzuWSyr9jM=
server |
)"},
     {own_handshake, "White space around the value is no part of it.", R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server "Sec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n"
server |
)"}},
    {Rule::extension_not_offered,
     {own_handshake, "The client offered no extension, and the server accepts one.",
      R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate
server |
)"},
     {own_handshake, "A server may leave every offered extension out.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"}},
    {Rule::subprotocol_not_offered,
     {own_handshake, "The client offered chat and superchat, and the server chooses mqtt.",
      R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Protocol: mqtt
server |
)"},
     {own_handshake, "A server may choose none; some clients fail the connection all the same.",
      R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"}},
    {Rule::switch_with_body_framing,
     {own_handshake, "The 101 has a Content-Length, as if a body followed.", R"(client upgrade
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Content-Length: 0
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server |
)"},
     {own_handshake, "An answer that refuses has a body, and says how long it is.",
      R"(client upgrade
server | HTTP/1.1 403 Forbidden
server | Content-Length: 4
server |
server "no\r\n"
)"}},
    {Rule::data_before_answer,
     {own_handshake, "A text message \"hi\" comes behind the request, before the answer.",
      R"(client upgrade
client 81 82 37 fa 21 3d 5f 93
server accept
)"},
     {own_handshake, "A server may send its first message directly behind its 101.",
      R"(client upgrade
server accept
server 81 02 68 69
client 81 82 37 fa 21 3d 5f 93
)"}},
    {Rule::header_malformed,
     {own_handshake, "A header line is folded: it goes on in a line that begins with a blank.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | User-Agent: sensor/1.4
client |  (firmware 7)
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake,
      "Names are the same in any case, and behind the colon any white space is fine, or none.",
      R"(client | GET /chat HTTP/1.1
client | HOST:server.example.com
client | upgrade:   websocket
client "CONNECTION:\x09Upgrade\x09\r\n"
client | sec-websocket-key:dGhlIHNhbXBsZSBub25jZQ==
client | SEC-WEBSOCKET-VERSION: 13
client |
)"}},
    {Rule::scheme_mismatch,
     {own_handshake, "A ClientHello, and a server that reads it as HTTP.",
      R"(client "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03"
client "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR"
client "\x00\x00\x02\x13\x01\x01\x00"
server | HTTP/1.1 400 Bad Request
server | Connection: close
server |
server fin
)"},
     {own_handshake, "The server refuses the handshake with an alert: it does speak TLS.",
      R"(client "\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03"
client "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR"
client "\x00\x00\x02\x13\x01\x01\x00"
server "\x15\x03\x03\x00\x02\x02\x28"
server fin
)"}},
    {Rule::upgrade_stripped,
     {own_handshake,
      "A hop passed the Sec-WebSocket fields on, and took the fields off that are for one hop "
      "only.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Via: 1.1 gateway
client | Connection: keep-alive
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"},
     {own_handshake, "A hop that knows about WebSocket says Upgrade anew.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Via: 1.1 gateway
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client |
)"}},

    {Rule::client_frame_unmasked,
     {opened, "A client's text message \"hi\" has no mask.", R"(client 81 02 68 69
)"},
     {opened, "Four zero bytes are a masking key, too: the MASK bit counts.",
      R"(client 81 82 00 00 00 00 68 69
)"}},
    {Rule::server_frame_masked,
     {opened, "A server's text message \"Hello\" is masked, as only a client's may be.",
      R"(server 81 85 37 fa 21 3d 7f 9f 4d 51 58
)"},
     {opened, "The same message without a mask.", R"(server 81 05 48 65 6c 6c 6f
)"}},
    {Rule::reserved_bit_set,
     {opened, "RSV1 is set, and no extension was negotiated.", R"(server c1 02 68 69
)"},
     {opened_with_deflate,
      "With permessage-deflate, RSV1 marks a compressed message, here \"Hello\".",
      R"(server c1 07 f2 48 cd c9 c9 07 00
)"}},
    {Rule::reserved_opcode,
     {opened, "Opcode 3 is the first of the reserved ones.", R"(server 83 00
)"},
     {opened, "Opcode 10, a Pong, is the last that has a meaning.", R"(server 8a 00
)"}},
    {Rule::length_not_minimal,
     {opened, "A length of 2 stands in two bytes of its own.", R"(server 81 7e 00 02 68 69
)"},
     {opened, "126 is the first length that needs them.", R"(server 82 7e 00 7e
server repeat 126 "x"
)"}},
    {Rule::length_top_bit_set,
     {opened, "A 64-bit length begins with a 1 bit.", R"(server 82 7f 80 00 00 00 00 00 00 01
)"},
     {opened, "65536 is the first length that needs 64 bits.",
      R"(server 82 7f 00 00 00 00 00 01 00 00
server repeat 65536 "x"
)"}},
    {Rule::masking_key_predictable,
     {opened, "Eight messages \"hi\", and one masking key for all.",
      R"(client repeat 8 "\x81\x82\x37\xfa\x21\x3d\x5f\x93"
)"},
     {opened, "A key may come again; the eighth is another one.",
      R"(client repeat 7 "\x81\x82\x37\xfa\x21\x3d\x5f\x93"
client 81 82 9c 05 61 d8 f4 6c
)"}},
    {Rule::control_frame_too_long,
     {opened, "A Ping with 126 bytes of payload.", R"(server 89 7e 00 7e
server repeat 126 "x"
)"},
     {opened, "125 bytes are allowed, and come back in the Pong.", R"(server 89 7d
server repeat 125 "x"
client 8a fd 00 00 00 00
client repeat 125 "x"
)"}},
    {Rule::control_frame_fragmented,
     {opened, "A Ping has its FIN bit clear.", R"(server 09 02 68 69
)"},
     {opened, "A whole Ping may stand between the fragments of a message.",
      R"(server 01 03 48 65 6c
server 89 00
client 8a 80 37 fa 21 3d
server 80 02 6c 6f
)"}},
    {Rule::continuation_without_message,
     {opened, "A continuation frame comes first: there is nothing to continue.",
      R"(server 80 02 6c 6f
)"},
     {opened, "\"Hello\" in two fragments.", R"(server 01 03 48 65 6c
server 80 02 6c 6f
)"}},
    {Rule::message_inside_message,
     {opened, "A text message begins while the one before it has not ended.",
      R"(server 01 03 48 65 6c
server 81 02 68 69
)"},
     {opened, "An empty last fragment ends a message, too.", R"(server 01 03 48 65 6c
server 80 00
server 81 02 68 69
)"}},
    {Rule::frame_cut_off,
     {opened, "Five bytes are announced and three come; then the stream ends.",
      R"(server 81 05 48 65 6c
server fin
client fin
)"},
     {opened, "The stream ends behind the last byte of a frame.",
      R"(server 81 05 48 65 6c 6c 6f
server fin
client fin
)"}},
    {Rule::not_a_frame,
     {opened,
      "An HTTP response on an open connection; as a frame header, \"HT\" has RSV1 set and FIN "
      "clear.",
      R"(server | HTTP/1.1 502 Bad Gateway
server | Server: nginx
server | Content-Length: 0
server |
)"},
     {opened, "The same words inside a message are payload, and nobody's business.",
      R"(server 81 1a
server | HTTP/1.1 502 Bad Gateway
)"}},
    {Rule::data_after_close,
     {opened, "The server closes with 1000, and then sends a text message.",
      R"(server 88 02 03 e8
server 81 02 68 69
)"},
     {opened, "The other side may send on until it closes, too.", R"(server 88 02 03 e8
client 81 82 37 fa 21 3d 5f 93
client 88 82 37 fa 21 3d 34 12
)"}},
    {Rule::frame_after_closing_handshake,
     {opened, "The server answers the client's Close, and then sends another Close.",
      R"(client 88 82 37 fa 21 3d 34 12
server 88 02 03 e8
server 88 02 03 e8
)"},
     {opened, "Before the other side's Close is there, a Pong may follow one's own.",
      R"(server 88 02 03 e8
client 89 80 37 fa 21 3d
server 8a 00
client 88 82 37 fa 21 3d 34 12
)"}},
    {Rule::fragment_flood,
     {opened, "One text message with 20000 empty fragments.", R"(server 01 01 61
server repeat 20000 "\x00\x00"
server 80 01 62
)"},
     {opened, "A message may have empty fragments, here one of three.", R"(server 01 01 61
server 00 00
server 80 01 62
)"}},
    {Rule::length_beyond_reason,
     {opened, "A frame announces 2^31 bytes.", R"(server 82 7f 00 00 00 00 80 00 00 00
)"},
     {opened, "A frame announces 2^31 - 1 bytes, the most that many receivers can count.",
      R"(server 82 7f 00 00 00 00 7f ff ff ff
)"}},

    {Rule::ping_unanswered,
     {opened, "The server's Ping gets no Pong within eleven seconds, nor until the end.",
      R"(server 89 02 68 69
time +11s
server fin
client fin
)"},
     {opened, "Of two Pings the latest is answered, which is enough.", R"(server 89 01 61
server 89 01 62
client 8a 81 00 00 00 00 62
time +11s
server fin
client fin
)"}},
    {Rule::pong_unsolicited,
     {opened, "A Pong comes, and no Ping was sent.", R"(server 8a 00
)"},
     {opened, "A Pong with the payload of the Ping.", R"(client 89 82 37 fa 21 3d 5f 93
server 8a 02 68 69
)"}},
    {Rule::pong_late,
     {opened, "The Pong comes eleven seconds after the Ping.", R"(server 89 02 68 69
time +11s
client 8a 82 37 fa 21 3d 5f 93
)"},
     {opened, "Ten seconds are not more than ten seconds.", R"(server 89 02 68 69
time +10s
client 8a 82 37 fa 21 3d 5f 93
)"}},

    {Rule::text_not_utf8,
     {opened, "The last letter of a word is in Latin-1, which is not UTF-8.",
      R"(server 81 04 63 61 66 e9
)"},
     {opened, "The two bytes of one letter may lie in two fragments.", R"(server 01 04 63 61 66 c3
server 80 01 a9
)"}},
    {Rule::text_begins_with_bom,
     {opened, "U+FEFF stands before \"hi\".", R"(server 81 05 ef bb bf 68 69
)"},
     {opened, "In a binary message the same bytes are data.", R"(server 82 05 ef bb bf 68 69
)"}},

    {Rule::close_body_one_byte,
     {opened, "A Close with half a code.", R"(server 88 01 03
)"},
     {opened, "A Close needs no body at all.", R"(server 88 00
)"}},
    {Rule::close_reason_not_utf8,
     {opened, "The reason is in Latin-1.", R"(server 88 05 03 e8 e9 74 e9
)"},
     {opened, "A reason may have 123 bytes, in any language.", R"(server 88 7d 03 e8
server c3 a9 74 c3 a9
server repeat 118 "x"
)"}},
    {Rule::close_code_never_on_wire,
     {opened, "1006 is what a receiver reports where no Close came; here it came in a Close.",
      R"(server 88 02 03 ee
)"},
     {opened, "1007 is the next code, and may be sent.", R"(server 88 02 03 ef
)"}},
    {Rule::close_code_unassigned,
     {opened, "5000 lies above all ranges.", R"(server 88 02 13 88
)"},
     {opened, "4999 is the last code for private use.", R"(server 88 02 13 87
)"}},
    {Rule::close_code_of_other_side,
     {opened, "A server says 1010: that it misses an extension which the server did not accept.",
      R"(server 88 02 03 f2
)"},
     {opened, "From a client, 1010 makes sense.", R"(client 88 82 00 00 00 00 03 f2
)"}},
    {Rule::close_not_answered,
     {opened, "The server closes, and the client ends its stream without a word.",
      R"(server 88 02 03 e8
client fin
server fin
)"},
     {opened, "The client answers first.", R"(server 88 02 03 e8
client 88 82 37 fa 21 3d 34 12
server fin
client fin
)"}},
    {Rule::client_ended_stream_first,
     {opened, "Both sides closed, and the client's stream ends before the server's.",
      R"(client 88 82 37 fa 21 3d 34 12
server 88 02 03 e8
client fin
server fin
)"},
     {opened, "The server's stream ends first, whoever began to close.",
      R"(client 88 82 37 fa 21 3d 34 12
server 88 02 03 e8
server fin
client fin
)"}},
    {Rule::ended_without_close,
     {opened, "The server's stream ends between two frames, without a Close.",
      R"(server 81 02 68 69
server fin
client fin
)"},
     {opened, "A Close goes before the end, and is answered.", R"(server 81 02 68 69
server 88 02 03 e8
client 88 82 37 fa 21 3d 34 12
server fin
client fin
)"}},
    {Rule::close_inside_message,
     {opened, "A Close comes between the fragments of a message; the rest of it never will.",
      R"(server 01 03 48 65 6c
server 88 02 03 e8
)"},
     {opened, "The message ends before the Close.", R"(server 01 03 48 65 6c
server 80 02 6c 6f
server 88 02 03 e8
)"}},
    {Rule::close_simultaneous,
     {opened, "Both sides close at the same moment, although 80 ms lie between them.",
      R"(server 88 02 03 f4
client 88 82 00 00 00 00 03 e9
rtt client 80ms
)"},
     {opened, "The client echoes the server's code a second later: that is an answer.",
      R"(server 88 02 03 e8
time +1s
client 88 82 37 fa 21 3d 34 12
)"}},
    {Rule::close_code_not_echoed,
     {opened, "The server closes with 1001, and the client answers with 1000 a second later.",
      R"(server 88 02 03 e9
time +1s
client 88 82 37 fa 21 3d 34 12
)"},
     {opened, "The code is echoed, the reason need not be.", R"(server 88 05 03 e8 62 79 65
time +1s
client 88 82 37 fa 21 3d 34 12
)"}},
    {Rule::tls_truncation,
     {opened, "The server closes, and ends TCP without a close_notify.", R"(server 88 02 03 e8
client 88 82 37 fa 21 3d 34 12
server tls_truncated
client fin
)"},
     {opened, "A close_notify goes before the end of TCP, as it does here.",
      R"(server 88 02 03 e8
client 88 82 37 fa 21 3d 34 12
server fin
client fin
)"}},

    {Rule::deflate_accepted_twice,
     {own_handshake, "The 101 accepts permessage-deflate two times.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate
server |
)"},
     {own_handshake, "A client may offer it several times, as alternatives.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate
server |
)"}},
    {Rule::deflate_parameter_invalid,
     {own_handshake, "The client offers a parameter that permessage-deflate does not have.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; memory_level=9
client |
)"},
     {own_handshake, "Each of the four may be there, in any order.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client "Sec-WebSocket-Extensions: permessage-deflate; "
client "client_no_context_takeover; server_no_context_takeover; "
client "server_max_window_bits=12; client_max_window_bits=12\r\n"
client |
)"}},
    {Rule::deflate_window_bits_invalid,
     {own_handshake, "The window would have 2^16 bytes; DEFLATE has 2^15 at most.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=16
client |
)"},
     {own_handshake,
      "8 bits are the fewest; in an offer, client_max_window_bits may have no value.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client "Sec-WebSocket-Extensions: permessage-deflate; "
client "server_max_window_bits=8; client_max_window_bits\r\n"
client |
)"}},
    {Rule::deflate_answer_exceeds_offer,
     {own_handshake, "The 101 limits the client's window, and the offer did not allow for that.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12
server |
)"},
     {own_handshake, "A server may limit its own window without being asked.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12
server |
)"}},
    {Rule::deflate_answer_drops_demand,
     {own_handshake,
      "The client demands a small window of the server, and the 101 is silent on it.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate
server |
)"},
     {own_handshake, "A server may promise less than was demanded, here 9 bits.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9
server |
)"}},
    {Rule::compressed_bit_misplaced,
     {opened_with_deflate, "Both fragments of a compressed \"Hello\" have RSV1 set.",
      R"(server 41 03 f2 48 cd
server c0 04 c9 c9 07 00
)"},
     {opened_with_deflate, "Only the first fragment has RSV1 set, and a Ping between them has not.",
      R"(server 41 03 f2 48 cd
server 89 00
client 8a 80 37 fa 21 3d
server 80 04 c9 c9 07 00
)"}},
    {Rule::never_compressed,
     {opened_with_deflate, "The server's only message is not compressed.",
      R"(server 81 05 48 65 6c 6c 6f
)"},
     {opened_with_deflate, "Each message may be compressed or not; here one of two is.",
      R"(server c1 07 f2 48 cd c9 c9 07 00
server 81 05 48 65 6c 6c 6f
)"}},
    {Rule::payload_not_deflate,
     {opened_with_deflate, "RSV1 is set, and the payload is \"Hello\" as it stands.",
      R"(server c1 05 48 65 6c 6c 6f
)"},
     {opened_with_deflate, "An empty message is one zero byte when it is compressed.",
      R"(server c1 01 00
)"}},
    {Rule::deflate_window_exceeded,
     {own_handshake,
      "The server's window has 2^8 bytes; its second message copies from 257 bytes back.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8
server |
server c1 08 4a 4c 1a 85 c4 42 00 00
server c1 04 02 07 00 00
)"},
     {own_handshake, "256 bytes back is the farthest that the same window reaches.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8
server |
server c1 08 4a 4c 1a 85 c4 42 00 00
server c1 04 02 fb 1f 00
)"}},
    {Rule::deflate_context_lost,
     {opened_with_deflate, "The first message copies five bytes from a message that never came.",
      R"(server c1 05 f2 00 11 00 00
)"},
     {opened_with_deflate, "\"Hello\" twice; the second one copies from the first.",
      R"(server c1 07 f2 48 cd c9 c9 07 00
server c1 05 f2 00 11 00 00
)"}},
    {Rule::compressed_twice,
     {opened_with_deflate, "A gzip file that holds \"Hello\", compressed once more.",
      R"(server c2 1f 00 19 00 e6 ff
server 1f 8b 08 00 00 00 00 00 00 03 f3 48
server cd c9 c9 07 00 82 89 d1 f7 05 00 00 00 00
)"},
     {opened_with_deflate, "The same file is sent as it stands, with RSV1 clear.",
      R"(server 82 19
server 1f 8b 08 00 00 00 00 00 00 03 f3 48
server cd c9 c9 07 00 82 89 d1 f7 05 00 00 00
)"}},
    {Rule::inflates_without_measure,
     {opened_with_deflate, "5097 bytes inflate to 5 MiB of zeros.",
      R"(server c2 7e 13 e9
server ec c1 31 01 00 00 00 c2 a0 f5 4f 6d 08 5f a0
server repeat 5080 "\x00"
server 78 0c
)"},
     {opened_with_deflate, "Below 4 MiB no ratio is too high: here it is 1 MiB of zeros.",
      R"(server c2 7e 04 09
server ec c1 31 01 00 00 00 c2 a0 f5 4f 6d 08 5f a0
server repeat 1016 "\x00"
server 3e 03
)"}},

    {Rule::extension_unknown,
     {own_handshake, "An extension of old browsers was offered and accepted.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: x-webkit-deflate-frame
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: x-webkit-deflate-frame
server |
)"},
     {own_handshake, "What is offered and not accepted changes nothing.",
      R"(client | GET /chat HTTP/1.1
client | Host: server.example.com
client | Upgrade: websocket
client | Connection: Upgrade
client | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
client | Sec-WebSocket-Version: 13
client | Sec-WebSocket-Extensions: x-webkit-deflate-frame, permessage-deflate
client |
server | HTTP/1.1 101 Switching Protocols
server | Upgrade: websocket
server | Connection: Upgrade
server | Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
server | Sec-WebSocket-Extensions: permessage-deflate
server |
)"}},
}};

// A whole number of lines, each of a known kind.
constexpr bool is_script(std::string_view lines) {
  if (!lines.ends_with('\n')) return false;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (!line.starts_with("client ") && !line.starts_with("server ") &&
        !line.starts_with("time +") && !line.starts_with("rtt ")) {
      return false;
    }
  }
  return true;
}

constexpr bool is_whole(const Example& example) {
  return example.says.ends_with('.') && is_script(example.lines);
}

static_assert(
    [] {
      for (std::size_t i = 0; i < kExamples.size(); ++i) {
        const RuleExample& row = kExamples[i];
        if (static_cast<std::size_t>(row.rule) != i) return false;
        if (!is_whole(row.breach) || !is_whole(row.edge)) return false;
      }
      return true;
    }(),
    "one example for each rule, in the order of the enumeration");

}  // namespace

const RuleExample& example_of(ws::Rule rule) { return kExamples[static_cast<std::size_t>(rule)]; }

std::string_view setup_lines(Setup setup) {
  switch (setup) {
    case opened:
      return kOpened;
    case opened_with_deflate:
      return kOpenedWithDeflate;
    case own_handshake:
      break;
  }
  return {};
}

std::vector<std::string_view> split_lines(std::string_view lines) {
  std::vector<std::string_view> result;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    result.push_back(line);
    lines.remove_prefix(line.size() == lines.size() ? line.size() : line.size() + 1);
  }
  return result;
}

}  // namespace lastframe::output
