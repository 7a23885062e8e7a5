// What a record says in the client's and the server's own words, with every secret left out.
#pragma once

#include "core/http/head.h"
#include "core/session/privacy.h"
#include "core/session/texts.h"

namespace lastframe::session {

// The texts of a request for a WebSocket; the addresses are taken over from `before`.
// `is_client_trusted`: whether its X-Forwarded-For is believed.
Texts request_texts(const http::RequestHead& request, const Texts& before,
                    const PrivacyOptions& privacy, bool is_client_trusted);

// Adds what the answer says: subprotocol, extensions, Server, Via.
void note_response_texts(const http::ResponseHead& response, Texts& texts);

}  // namespace lastframe::session
