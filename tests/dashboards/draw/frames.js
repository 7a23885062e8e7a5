// Answers of Prometheus as Grafana's data frames, as its own data source makes them.
import { FieldType, toDataFrame } from '@grafana/data';

// Frames of one query: `target` as on the board, `series` as Prometheus answered.
export function framesOf(target, series, end) {
  if (target.format === 'table') return [tableFrame(target, series)];
  const frames = series.map((one) => seriesFrame(target, one, end));
  return target.format === 'heatmap' ? apart(frames) : frames;
}

const number = (text) => Number(text.replace('Inf', 'Infinity'));

function seriesFrame(target, { metric, values, value }, end) {
  const samples = values ?? [[end, value[1]]];
  const name = legend(target.legendFormat, metric);
  return toDataFrame({
    refId: target.refId,
    name,
    fields: [
      { name: 'Time', type: FieldType.time, values: samples.map(([at]) => at * 1000) },
      {
        name: 'Value',
        type: FieldType.number,
        labels: metric,
        config: { displayNameFromDS: name },
        values: samples.map(([, text]) => number(text)),
      },
    ],
  });
}

// Each label is a column; a query among others has its letter at its value.
function tableFrame(target, series) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))];
  return toDataFrame({
    refId: target.refId,
    fields: [
      ...labels.map((label) => ({
        name: label,
        type: FieldType.string,
        values: series.map(({ metric }) => metric[label] ?? ''),
      })),
      {
        name: target.alone ? 'Value' : `Value #${target.refId}`,
        type: FieldType.number,
        values: series.map(({ value }) => number(value[1])),
      },
    ],
  });
}

// Cumulative buckets become bars of their own. Grafana sorts them by their names as numbers.
function apart(frames) {
  const bound = (frame) => {
    const value = number(frame.name.replace('+', ''));
    if (Number.isNaN(value)) throw new Error(`"${frame.name}" is no bound: the legend must be {{le}}`);
    return value;
  };
  const sorted = [...frames].sort((a, b) => bound(a) - bound(b));
  const counts = sorted.map((frame) => frame.fields[1].values[0]);
  sorted.forEach((frame, i) => {
    frame.fields[1].values = [Math.max(0, counts[i] - (counts[i - 1] ?? 0))];
  });
  return sorted;
}

function legend(format, metric) {
  if (format !== '__auto') return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '');
  const labels = Object.entries(metric).map(([name, value]) => `${name}="${value}"`);
  return labels.length ? `{${labels.join(', ')}}` : 'Value';
}
