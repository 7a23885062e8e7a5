"""The files of config/catalogue keep to its README.md, and what they refer to is there."""

import datetime
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    sys.exit("this needs python3-yaml: ./dev install")

FOLDER = pathlib.Path("config/catalogue")
CAUSES = pathlib.Path("proxy/core/catalogue/cause.cpp")
LANGUAGES = {"en", "fr", "es", "ar"}
LINE = "(line)"  # no key of the catalogue looks like this


class Loader(yaml.SafeLoader):
    """Keeps the line of each mapping, and takes no key twice."""

    def construct_mapping(self, node, deep=False):
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is there twice",
                                                    node.start_mark)
        return {**mapping, LINE: node.start_mark.line + 1}


def one_of(*words):
    return lambda value: value in words


def matches(pattern):
    return lambda value: isinstance(value, (str, int)) and not isinstance(value, bool) \
        and re.fullmatch(pattern, str(value)) is not None


def each(rule):
    return lambda value: isinstance(value, list) and len(value) > 0 and all(map(rule, value))


def text(value):
    return isinstance(value, str) and value.strip() == value and value != ""


def localised(value):
    return isinstance(value, dict) and "en" in value and keys(value) <= LANGUAGES \
        and all(text(value[language]) for language in keys(value))


def sign(value):
    """One place; a value to look for in it, except that of a header may be left out."""
    if not isinstance(value, dict):
        return False
    places = keys(value) - {"contains"}
    if places <= {"request_header", "response_header"}:
        return len(places) == 1 and all(value[place] == value[place].lower() for place in places) \
            and all(isinstance(value[key], str) and value[key] for key in keys(value))
    return len(places) == 1 and places <= {"host", "path", "subprotocol"} \
        and "contains" not in value and all(text(value[place]) for place in places)


def rows_of(**rules):
    """Mappings; a key with "_" behind it may be left out."""
    return each(lambda value: isinstance(value, dict) and not faults(value, rules))


def keys(mapping):
    return {key for key in mapping if key != LINE}


def faults(row, rules):
    musts = {key for key in rules if not key.endswith("_")}
    rules = {key.rstrip("_"): rule for key, rule in rules.items()}
    found = [f"{key} is missing" for key in sorted(musts - keys(row))]
    found += [f"there is no such key: {key}" for key in sorted(keys(row) - set(rules))]
    found += [f"{key} cannot be {shown(row[key])}" for key in sorted(keys(row) & set(rules))
              if not rules[key](row[key])]
    return found


def shown(value):
    return re.sub(rf", '{re.escape(LINE)}': [0-9]+", "", repr(value))


NAME = matches("[a-z][a-z0-9_]*")
FLAG = one_of(True, False)
CODE = matches("[0-9]{1,5}")
RANGE = matches("[0-9]{1,5}(-[0-9]{1,5})?")
TIME = matches("[1-9][0-9]*(ms|s|m|h)")
SIZE = matches("[1-9][0-9]*(KiB|MiB|GiB)?")
ENDPOINT = one_of("client", "server")
PARTY = one_of("client", "server", "hop_before", "hop_behind", "network", "operator", "proxy",
               "nobody", "unknown", "closer", "other_side", "hop_at_closer", "hop_at_other_side")
CONFIDENCE = one_of("certain", "likely", "possible")
SOURCE = {
    "source": text,
    "version_seen": text,
    "verified_on": lambda value: type(value) is datetime.date,
}

LISTS = {
    "codes": dict(SOURCE, codes=RANGE, name=localised, meaning=localised, when=localised,
                  fix=localised, may_be_sent=FLAG, causes_=each(NAME),
                  sent_by=one_of("client", "server", "either", "nobody", "application")),
    "causes": dict(SOURCE, id=NAME, party=PARTY, title=text, summary=text, meaning=text,
                   found_by=text, fix=text, codes_=each(RANGE), see_=each(NAME),
                   fixes_=lambda value: isinstance(value, dict)
                   and all(text(value[key]) for key in keys(value))),
    "products": dict(SOURCE, id=NAME, name=text, signs_=each(sign), refuses_codes_=each(RANGE),
                     role=one_of("proxy", "service", "server", "client"), refusal_code_=CODE,
                     fails_without_close_=FLAG, strict_=each(text), too_big_code_to_peer_=CODE,
                     logs_=rows_of(code=CODE, text=text)),
    "timeouts": dict(SOURCE, id=NAME, product=NAME, kind=one_of("idle", "lifetime", "silent"),
                     counts_=one_of("either", "client", "server"), after=TIME, default_=FLAG,
                     setting_=text, how=one_of("fin", "reset", "close", "any"),
                     codes_=each(CODE), fix=text),
    "limits": dict(SOURCE, id=NAME, product=NAME, bytes=SIZE, of=one_of("message", "frame"),
                   inflated_=FLAG, setting_=text, note_=text),
    "reasons": dict(SOURCE, id=NAME, codes_=each(RANGE), sender_=ENDPOINT, text=text,
                    match=one_of("exact", "prefix", "contains"), product_=NAME, cause=NAME,
                    confidence=CONFIDENCE, party_=PARTY, says=text, fix_=text),
    "applications": dict(SOURCE, id=NAME, name=text, signs_=each(sign),
                         codes=rows_of(codes=RANGE, name=text, meaning=text, fix_=text, cause=NAME,
                                       party_=PARTY)),
    "heartbeats": dict(SOURCE, id=NAME, product=NAME, carrier=one_of("ping", "pong", "text"),
                       sender=ENDPOINT, every=TIME, patience_=TIME, starts_=text, note_=text),
    "farewells": dict(SOURCE, id=NAME, product=NAME, sender=ENDPOINT, starts=text, field_=text,
                      values=rows_of(value=text, cause=NAME, party_=PARTY, says=text, fix_=text)),
    "refusals": dict(SOURCE, id=NAME, statuses=each(CODE), signs_=each(sign), body_contains_=text,
                     product_=NAME, cause=NAME, confidence=CONFIDENCE, party_=PARTY, says=text,
                     fix_=text),
    "differences": dict(SOURCE, id_=NAME, difference=localised, which=localised,
                        between=lambda value: each(CODE)(value) and len(value) == 2
                        and value[0] < value[1]),
    "headings": dict({key + "_": rule for key, rule in SOURCE.items()}, id=NAME, text=localised),
}


def contradictions(kind, row):
    """What no single key can tell. The row's keys are sound."""
    if kind == "products":
        if "refusal_code" in row and "refuses_codes" not in row:
            yield "refusal_code says how it answers refuses_codes, which are missing"
        if "refusal_code" in row and row.get("fails_without_close"):
            yield "what fails without a Close has no refusal_code"
    if kind == "timeouts":
        if "counts" in row and row["kind"] != "idle":
            yield "counts is of idle time-outs only"
        if "codes" in row and row["how"] != "close":
            yield "codes are of a Close: how has to be close"
        if row["kind"] == "silent" and row["how"] != "reset":
            yield "a silent one shows as a reset later on"
    if kind == "heartbeats" and ("starts" in row) != (row["carrier"] == "text"):
        yield "starts belongs to a text, and to nothing else"


def references(kind, row):
    """(of which list, id) of all that the row refers to."""
    if "product" in row:
        yield "products", row["product"]
    if kind == "causes":
        yield from (("products", key) for key in keys(row.get("fixes", {})) - {"code"})
    for part in [row, *row.get("values", []), *(row["codes"] if kind == "applications" else [])]:
        if "cause" in part:
            yield "causes", part["cause"]
    if kind == "codes":
        yield from (("causes", cause) for cause in row.get("causes", []))


found = []
rows = []  # (place, list, row), the sound ones
known = {kind: {} for kind in LISTS}
for file in sorted(FOLDER.glob("*.yaml")):
    try:
        content = yaml.load(file.read_text(), Loader) or {}
    except yaml.YAMLError as error:
        found.append(f"{file}: {error}")
        continue
    for kind in keys(content):
        if kind not in LISTS:
            found.append(f"{file}: there is no such list: {kind}")
            continue
        for row in content[kind] or []:
            if not isinstance(row, dict):
                found.append(f"{file}: {kind} has a row that is no mapping: {row!r}")
                continue
            place = f"{file}:{row[LINE]}"
            wrong = faults(row, LISTS[kind]) or list(contradictions(kind, row))
            found += [f"{place}: {what}" for what in wrong]
            if wrong:
                continue
            rows.append((place, kind, row))
            name = str(row["codes"] if kind == "codes" else row.get("id", row.get("between")))
            if name in known[kind]:
                found.append(f"{place}: {name} is at {known[kind][name]} already")
            known[kind][name] = place

built_in = set(re.findall(r'^    "(\w+)",$', CAUSES.read_text(), re.MULTILINE))
if not built_in:
    found.append(f"{CAUSES}: no names of causes")
if not known["causes"]:
    known["causes"] = dict.fromkeys(built_in, CAUSES)
found += [f"{FOLDER}: the cause {name} has no row" for name in sorted(built_in - set(known["causes"]))]
for place, kind, row in rows:
    found += [f"{place}: there is no {name} among the {of}" for of, name in references(kind, row)
              if known[of] and name not in known[of]]

print("\n".join(found) or f"{len(rows)} rows of the catalogue are sound")
sys.exit(1 if found else 0)
