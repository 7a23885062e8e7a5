"""PromQL, as the boards ask it. All that is asked of one metric goes through select()."""

# Labels of the scrape are in every query; `listener` where the metric has it.
TARGET = 'job=~"$job",instance=~"$instance"'
LISTENER = TARGET + ',listener=~"$listener"'


def select(metric, *matchers, listener=True):
    """The metric's series for the variables chosen; `matchers` are further ones: 'code="1000"'."""
    return f"{metric}{{{','.join((LISTENER if listener else TARGET, *matchers))}}}"


def per_second(metric, by="", *matchers, listener=True):
    """A counter's rate, added up: one series for each value of the labels in `by`."""
    series = select(metric, *matchers, listener=listener)
    return f"{_sum(by)} (rate({series}[$__rate_interval]))"


# Windows in seconds. Nothing says $__rate_interval in seconds, and a young process is what matters.
SECONDS = {"$__range": "$__range_s", "15m": "900", "$__rate_interval": "900"}


def counted(metric, by="", *matchers, listener=True, window="$__range"):
    """How much a counter grew in the time shown, its very first count included.

    A counter of ours appears with its first event, and increase() takes a series' first value for
    its beginning: what happened once would count as 0. So series that began within the window add
    their first value; but not those of a process that only Prometheus did not know before, which
    was neither scraped then nor has started since. The label `part` keeps the halves of `or` apart.
    """
    series = select(metric, *matchers, listener=listener)
    known = (f"({select('lastframe_build_info', listener=False)} offset {window} or time() - "
             f"{select('process_start_time_seconds', listener=False)} < {SECONDS[window]})")
    return (f"{_sum(by)} (increase({series}[{window}]) or label_replace("
            f"(min_over_time({series}[{window}]) unless {series} offset {window}) "
            f'and on (job, instance) {known}, "part", "first", "", ""))')


def quantile(share, metric, by="", *matchers):
    """A quantile of a histogram (`metric` without `_bucket`) over the rate interval."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, {per_second(metric + '_bucket', labels, *matchers)})"


def copy_label(expression, source, *targets):
    """The same with copies of a label, which a table shows as further columns."""
    for target in targets:
        expression = f'label_replace({expression}, "{target}", "$1", "{source}", "(.+)")'
    return expression


def _sum(by):
    return f"sum by ({by})" if by else "sum"
