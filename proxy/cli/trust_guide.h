// How clients come to trust a local authority, and how to take that away again.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace lastframe::cli {

// Of each text, "{file}" stands for the certificate's path, "{name}" for its common name.
struct TrustRow {
  std::string_view client;
  std::string_view note;  // a sentence, or empty
  std::string_view trust;
  std::string_view undo;
};

inline constexpr auto kTrustGuide = std::to_array<TrustRow>({
    {"Debian, Ubuntu", "For curl, Python, Go and most others; not for browsers, Node and Java.",
     "sudo cp {file} /usr/local/share/ca-certificates/lastframe-ca.crt && "
     "sudo update-ca-certificates",
     "sudo rm /usr/local/share/ca-certificates/lastframe-ca.crt && sudo update-ca-certificates"},
    {"Fedora, RHEL", "For curl, Python, Go, Java and most others; not for browsers and Node.",
     "sudo cp {file} /etc/pki/ca-trust/source/anchors/lastframe-ca.pem && sudo update-ca-trust",
     "sudo rm /etc/pki/ca-trust/source/anchors/lastframe-ca.pem && sudo update-ca-trust"},
    {"macOS", "For Safari, Chrome and all that asks the system.",
     "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file}",
     "sudo security remove-trusted-cert -d {file} && sudo security delete-certificate -c {name} "
     "/Library/Keychains/System.keychain"},
    {"Windows", "As administrator; for Edge, Chrome, .NET and all that asks the system.",
     "certutil -addstore -f Root {file}", "certutil -delstore Root {name}"},
    {"Firefox", "It has a list of its own on every system.",
     "Settings, Privacy & Security, View Certificates, Authorities, Import {file}, and tick "
     "\"Trust this CA to identify websites\"",
     "the same list: choose the authority, Delete or Distrust"},
    {"Chromium and Chrome on Linux",
     "Their list (NSS) is each user's own; certutil comes with "
     "libnss3-tools or nss-tools. Start the browser anew.",
     "mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n lastframe-ca -i "
     "{file}",
     "certutil -d sql:$HOME/.pki/nssdb -D -n lastframe-ca"},
    {"Node.js", "Besides its own list; read once, when the process starts.",
     "export NODE_EXTRA_CA_CERTS={file}", "unset NODE_EXTRA_CA_CERTS"},
    {"Python",
     "Both take the place of the usual list: name a file that holds that one, too. The first is "
     "for ssl, websockets and aiohttp, the second for requests.",
     "export SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file}",
     "unset SSL_CERT_FILE REQUESTS_CA_BUNDLE"},
    {"curl", "For one call, in place of the usual list.", "curl --cacert {file} https://...",
     "leave --cacert out"},
    {"Java", "\"changeit\" is the store's password unless somebody has changed it.",
     "sudo keytool -importcert -cacerts -storepass changeit -noprompt -alias lastframe-ca "
     "-file {file}",
     "sudo keytool -delete -cacerts -storepass changeit -alias lastframe-ca"},
    {"Go", "It asks the system; on Linux this is for one program, in place of the usual file.",
     "export SSL_CERT_FILE={file}", "unset SSL_CERT_FILE"},
});

// A row's text with the two filled in, quoted for a shell where they need it. All else that a shell
// reads as more than text stays within the quotes.
std::string filled_in(std::string_view text, const std::string& file, const std::string& name);

}  // namespace lastframe::cli
