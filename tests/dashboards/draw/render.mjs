// node render.mjs JOBS.json MODE HEIGHT: boards, drawn by Grafana's components in Chromium.
// JOBS: [{drawing, picture}], as draw.py makes them. MODE: dark or light. HEIGHT: where to cut the
// pictures off, in pixels, or 0. Prints for each job a list of what is wrong with what was drawn.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const WIDTH = 1600;
const [jobs, mode, cutAt] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const images = join(here, '../node_modules/@grafana/ui/dist/public/img');
const folder = await mkdtemp(join(tmpdir(), 'lastframe-draw-'));
try {
  await bundle();
  await shootAll(JSON.parse(await readFile(jobs, 'utf8')));
} finally {
  await rm(folder, { recursive: true });
}

async function bundle() {
  await build({
    entryPoints: [join(here, 'board.jsx')], outfile: join(folder, 'board.js'), bundle: true,
    format: 'esm', jsx: 'automatic', logLevel: 'error', define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.png': 'dataurl' },
  });
  await writeFile(join(folder, 'index.html'),
    '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="board.css"><body style="margin:0">' +
    '<div id="board"></div><script type="module" src="board.js"></script>');
}

async function shootAll(all) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const found = [];
    for (const job of all) found.push(await shoot(browser, job));
    console.log(JSON.stringify(found));
  } finally {
    await browser.close();
  }
}

async function shoot(browser, { drawing, picture }) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1000 } });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  try {
    await page.route('**/*', serve);
    await page.goto('http://board.invalid/index.html');
    const height = await page.evaluate(async ([drawing, width, dark]) => {
      await window.draw(drawing, width, dark);
      return document.getElementById('board').firstElementChild?.offsetHeight ?? 0;
    }, [drawing, WIDTH, mode === 'dark']);
    // Everything is measured anew at this height, for tables draw only what is in view.
    await page.setViewportSize({ width: WIDTH, height: Number(cutAt) || Math.max(height, 200) });
    await page.waitForTimeout(500);
    await page.screenshot({ path: picture });
    errors.push(...await page.evaluate(notShown, drawing.board.panels));
  } catch (error) {
    errors.push(error.message);
  } finally {
    await page.close();
  }
  return errors;
}

// The page's own host, which no request ever leaves for: its files, Grafana's icons, and its font
// as Debian has it (npm's packages do without). Rows of tables are as high as this font wants.
async function serve(route) {
  const path = new URL(route.request().url()).pathname;
  const font = path.match(/(Inter-\w+)\.woff2$/)?.[1];
  if (font) return route.fulfill({ path: `/usr/share/fonts/opentype/inter/${font}.otf` });
  if (path.endsWith('.woff2')) return route.fulfill({ body: '' });
  const icon = path.match(/\/img\/(.*\.svg)$/)?.[1];
  await route.fulfill({ path: icon ? join(images, icon) : join(folder, path) });
}

// Runs in the page: panels of which nothing can be seen, although the service has data for all.
function notShown(panels) {
  return panels.filter(({ type }) => type !== 'row' && type !== 'text').filter(({ id, type, fieldConfig }) => {
    const box = document.querySelector(`[data-panel="${id}"]`);
    if (type === 'timeseries') return !box.querySelector('canvas');
    if (type === 'table') return box.querySelectorAll('[role=row]').length < 2;
    return box.innerText.includes(fieldConfig.defaults.noValue);
  }).map(({ title }) => `panel "${title}": shows no data`);
}
