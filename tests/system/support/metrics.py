"""What a scrape of the admin port says."""

import re
import urllib.request


def scrape(proxy):
    admin = proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers
        return answer.read().decode()


def value_of(text, name, **labels):
    """The value of the one series that has these labels, or None."""
    found = [match for line in text.splitlines()
             if (match := re.fullmatch(name + r"(?:\{(.*)\})? (\S+)", line))
             and all(f'{key}="{value}"' in (match.group(1) or "") for key, value in labels.items())]
    assert len(found) <= 1, found
    return float(found[0].group(2)) if found else None
