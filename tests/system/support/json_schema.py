"""As much of JSON Schema as docs/openapi.yaml uses; an unknown keyword is an error, not a pass."""

import datetime
import re

TYPES = {"object": dict, "array": list, "string": str, "null": type(None)}
ANNOTATIONS = {"description", "default"}


def is_of(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def faults(value, schema, document, path="$"):
    """What of `value` is not as `schema` has it: a list of sentences."""
    found = []
    for keyword, wanted in schema.items():
        if keyword in ANNOTATIONS:
            continue
        if keyword == "$ref":
            target = document
            for part in wanted.removeprefix("#/").split("/"):
                target = target[part]
            found += faults(value, target, document, path)
        elif keyword == "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            if not any(is_of(value, kind) for kind in kinds):
                return [f"{path}: {value!r} is not of type {wanted}"]
        elif keyword == "const":
            if value != wanted:
                found.append(f"{path}: {value!r} is not {wanted!r}")
        elif keyword == "enum":
            if value not in wanted:
                found.append(f"{path}: {value!r} is none of {wanted}")
        elif keyword == "pattern":
            if not re.search(wanted, value):
                found.append(f"{path}: {value!r} does not match {wanted}")
        elif keyword == "format":
            assert wanted == "date-time", wanted
            if value is not None:
                datetime.datetime.fromisoformat(value)
        elif keyword == "oneOf":
            fits = [not faults(value, each, document, path) for each in wanted]
            if sum(fits) != 1:
                closest = min((faults(value, each, document, path) for each in wanted), key=len)
                found.append(f"{path}: fits {sum(fits)} of {len(fits)}: {closest}")
        elif keyword == "required":
            found += [f"{path}: {name} is missing" for name in wanted if name not in value]
        elif keyword == "properties":
            for name, each in wanted.items():
                if name in value:
                    found += faults(value[name], each, document, f"{path}.{name}")
        elif keyword == "additionalProperties":
            assert wanted is False
            found += [f"{path}: {name} is not described" for name in value
                      if name not in schema.get("properties", {})]
        elif keyword == "items":
            for i, item in enumerate(value):
                found += faults(item, wanted, document, f"{path}[{i}]")
        else:
            raise AssertionError(f"this check does not know {keyword!r}")
    return found
