// One board as a page: Grafana's own components, laid out on its grid of 24 columns.
import {
  createTheme, dateTime, getDisplayValueAlignmentFactors, getFieldDisplayValues, getValueFormats,
  renderTextPanelMarkdown, ThemeContext,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { createRoot } from 'react-dom/client';

import { panelData } from './panel_data.js';

const UNIT = 30, GAP = 8, MARGIN = 16;
const TIME_ZONE = 'utc';

// `drawing`: {board, answers: {panel id: [series of each query]}, marks: [seconds], end, seconds}.
// Resolves once everything stands on the page.
window.draw = async (drawing, width, dark) => {
  const theme = createTheme({ colors: { mode: dark ? 'dark' : 'light' } });
  checkUnits(drawing.board);
  const data = {};
  for (const panel of drawing.board.panels) {
    if (panel.targets) {
      data[panel.id] = await panelData(panel, drawing.answers[panel.id], drawing.end, theme, TIME_ZONE);
    }
  }
  const root = document.getElementById('board');
  createRoot(root).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Board drawing={drawing} data={data} width={width} theme={theme} />
    </ThemeContext.Provider>);
  await new Promise((done) => setTimeout(done, 1500));  // uPlot and tables measure, then draw
};

// Grafana shows a number of an unknown unit as if it had none, and says nothing.
function checkUnits(board) {
  const known = new Set(getValueFormats().flatMap(({ submenu }) => submenu).map(({ value }) => value));
  for (const { title, fieldConfig } of board.panels.filter((panel) => panel.fieldConfig)) {
    const units = [fieldConfig.defaults.unit, ...fieldConfig.overrides.flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'unit').map(({ value }) => value))];
    for (const unit of units) {
      if (!known.has(unit) && !unit.startsWith('suffix:')) throw new Error(`"${title}": no unit ${unit}`);
    }
  }
}

function Board({ drawing, data, width, theme }) {
  const { board } = drawing;
  const column = (width - 2 * MARGIN + GAP) / 24;
  const bottom = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const top = 92;
  const style = { position: 'relative', width, height: top + bottom * (UNIT + GAP) + MARGIN,
    background: theme.colors.background.canvas, color: theme.colors.text.primary };
  return (
    <div style={style}>
      <Header board={board} theme={theme} />
      {board.panels.map((panel) => {
        const { x, y, w, h } = panel.gridPos;
        const box = { width: w * column - GAP, height: h * (UNIT + GAP) - GAP };
        return (
          <div key={panel.id} data-panel={panel.id} style={{ position: 'absolute',
            left: MARGIN + x * column, top: top + y * (UNIT + GAP), ...box }}>
            <Panel panel={panel} frames={data[panel.id]} drawing={drawing} theme={theme} {...box} />
          </div>);
      })}
    </div>);
}

function Header({ board, theme }) {
  const box = { border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2, padding: '3px 8px',
    marginRight: 8, fontSize: 12, background: theme.colors.background.primary };
  return (
    <div style={{ position: 'absolute', left: MARGIN, right: MARGIN, top: 10 }}>
      <div style={{ display: 'flex', justifyContent: 'space-between' }}>
        <div style={{ fontSize: 20, fontWeight: 500 }}>{board.title}</div>
        <div>{board.links.map(({ title }) => <span key={title} style={box}>{title}</span>)}</div>
      </div>
      <div style={{ marginTop: 12 }}>
        {board.templating.list.map(({ name, label, type }) => (
          <span key={name} style={box}>
            <span style={{ color: theme.colors.text.secondary }}>{label} </span>
            {{ datasource: 'Prometheus', query: 'All' }[type] ?? ''}
          </span>))}
      </div>
    </div>);
}

function Panel({ panel, frames, drawing, theme, width, height }) {
  if (panel.type === 'row') {
    return <div style={{ fontSize: 16, fontWeight: 500, lineHeight: `${height}px` }}>⌄ {panel.title}</div>;
  }
  if (panel.type === 'text') {
    return <div className="markdown-html" style={{ padding: '0 8px', fontSize: 14, lineHeight: '20px' }}
      dangerouslySetInnerHTML={{ __html: renderTextPanelMarkdown(panel.options.content) }} />;
  }
  return (
    <PanelChrome title={panel.title} description={panel.description} width={width} height={height}>
      {(innerWidth, innerHeight) => {
        const size = { width: innerWidth, height: innerHeight };
        if (!frames.some((frame) => frame.length)) return <Nothing panel={panel} {...size} />;
        return <Content panel={panel} frames={frames} drawing={drawing} theme={theme} {...size} />;
      }}
    </PanelChrome>);
}

function Nothing({ panel, width, height }) {
  return <div style={{ width, height, display: 'grid', placeItems: 'center' }}>
    {panel.fieldConfig.defaults.noValue}</div>;
}

function Content({ panel, frames, drawing, theme, width, height }) {
  switch (panel.type) {
    case 'timeseries':
      return <Graph panel={panel} frames={frames} drawing={drawing} width={width} height={height} />;
    case 'table':
      return <TableNG data={frames[0]} width={width} height={height} cellHeight={panel.options.cellHeight}
        initialSortBy={panel.options.sortBy} fieldConfig={panel.fieldConfig}
        structureRev={1} />;
    case 'stat':
    case 'bargauge':
      return <Values panel={panel} frames={frames} theme={theme} width={width} height={height} />;
  }
  throw new Error(`no drawing of a ${panel.type}`);
}

function Graph({ panel, frames, drawing, width, height }) {
  const from = dateTime((drawing.end - drawing.seconds) * 1000), to = dateTime(drawing.end * 1000);
  const mark = (builder) => {
    builder.addHook('draw', (plot) => {
      for (const at of drawing.marks) {
        const x = plot.valToPos(at * 1000, 'x', true);
        plot.ctx.strokeStyle = '#D55E00';
        plot.ctx.lineWidth = 2;
        plot.ctx.setLineDash([6, 4]);
        plot.ctx.beginPath();
        plot.ctx.moveTo(x, plot.bbox.top);
        plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
        plot.ctx.stroke();
        plot.ctx.setLineDash([]);
      }
    });
    return null;
  };
  return (
    <TimeSeries frames={frames} structureRev={1} width={width} height={height} timeZone={TIME_ZONE}
      timeRange={{ from, to, raw: { from, to } }} legend={panel.options.legend} options={panel.options}>
      {mark}
    </TimeSeries>);
}

function Values({ panel, frames, theme, width, height }) {
  const { options } = panel;
  const values = getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: (text) => text,
    theme, data: frames, sparkline: options.graphMode === 'area', timeZone: TIME_ZONE });
  const one = ({ value, width, height, count, alignmentFactors, orientation }) =>
    panel.type === 'bargauge'
      ? <BarGauge value={value.display} field={value.field} display={value.view?.getFieldDisplayProcessor(value.colIndex)}
        width={width} height={height} orientation={orientation} theme={theme} itemSpacing={8}
        alignmentFactors={alignmentFactors} displayMode={options.displayMode} showUnfilled={options.showUnfilled}
        valueDisplayMode={options.valueMode} namePlacement={options.namePlacement} text={options.text} />
      : <BigValue value={value.display} count={count} sparkline={value.sparkline} width={width} height={height}
        colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode}
        textMode={options.textMode} text={options.text} alignmentFactors={alignmentFactors} theme={theme} wideLayout={options.wideLayout} />;
  return (
    <VizRepeater source={frames} getValues={() => values} renderCounter={0} width={width} height={height}
      orientation={panel.type === 'bargauge' ? options.orientation : 'auto'} itemSpacing={panel.type === 'bargauge' ? 4 : 8}
      autoGrid={panel.type === 'stat'} minVizHeight={options.minVizHeight ?? 0} maxVizHeight={options.maxVizHeight}
      getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one} />);
}
