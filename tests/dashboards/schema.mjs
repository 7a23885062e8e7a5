// node schema.mjs BOARD.json...: what Grafana's own types forbid in each board, as JSON:
// {"BOARD.json": ["panels/3/options/cellHeight: must be equal to one of the allowed values", ...]}
//
// @grafana/schema has the board and each panel's options and custom field options as TypeScript. What a
// board leaves out, Grafana fills in, so `required` is dropped; what it does not know is a mistake.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const types = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/@grafana/schema/dist/types/raw');
const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true });
const validators = new Map();

// The validator of one type in one of Grafana's files, or null where the file has no such type.
function validator(file, type) {
  const key = `${file} ${type}`;
  if (!validators.has(key)) {
    let validate = null;
    if (new RegExp(`export (interface|type) ${type}\\b`).test(readFileSync(file, 'utf8'))) {
      const schema = createGenerator({ path: file, type, skipTypeCheck: true, additionalProperties: false })
        .createSchema(type);
      validate = ajv.compile(lenient(schema));
    }
    validators.set(key, validate);
  }
  return validators.get(key);
}

function lenient(schema) {
  if (Array.isArray(schema)) return schema.map(lenient);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema)
    .filter(([key, value]) => key !== 'required' || !Array.isArray(value))
    .map(([key, value]) => [key, lenient(value)]));
}

// What Grafana reads although its types do not say so: an annotation's fields belong to the data
// source, a variable's `definition` is what the editor shows, and Grafana up to 11 looks for
// wrapText within cellOptions.
function withoutUntyped(board) {
  const copy = structuredClone(board);
  for (const annotation of copy.annotations.list) {
    for (const name of ['expr', 'step', 'titleFormat', 'textFormat', 'tagKeys', 'useValueForTime', 'target']) {
      delete annotation[name];
    }
  }
  for (const variable of copy.templating.list) delete variable.definition;
  for (const { fieldConfig } of copy.panels) {
    for (const { value } of (fieldConfig?.overrides ?? []).flatMap(({ properties }) => properties)) {
      delete value?.wrapText;
    }
  }
  return copy;
}

function problems(board) {
  const found = check(latest('dashboard', 'types.gen.d.ts'), 'Dashboard', board, '');
  for (const [i, panel] of board.panels.entries()) {
    const where = `panels/${i} "${panel.title}"`;
    if (panel.type === 'row') continue;
    if (!existsSync(join(types, 'composable', panel.type))) {
      found.push(`${where}: no panel of type ${panel.type}`);
      continue;
    }
    const file = latest(`composable/${panel.type}/panelcfg`, 'types.gen.d.ts');
    found.push(...check(file, 'Options', panel.options, `${where}/options`));
    const custom = panel.fieldConfig?.defaults.custom;
    if (custom) found.push(...check(file, 'FieldConfig', custom, `${where}/custom`));
    for (const { properties } of panel.fieldConfig?.overrides ?? []) {
      for (const { id, value } of properties) {
        if (!id.startsWith('custom.')) continue;
        found.push(...check(file, 'FieldConfig', { [id.slice('custom.'.length)]: value },
          `${where}/overrides`));
      }
    }
  }
  return found;
}

// Grafana keeps its types in a folder named after the version: today only "x".
function latest(folder, file) {
  const version = readdirSync(join(types, folder)).sort().at(-1);
  return join(types, folder, version, file);
}

function check(file, type, value, where) {
  const validate = validator(file, type);
  if (!validate || validate(value)) return [];
  return validate.errors.filter(({ keyword }) => keyword !== 'anyOf').map(({ instancePath, message, params }) =>
    `${where}${instancePath}: ${message} ${params.additionalProperty ?? params.allowedValues ?? ''}`.trim());
}

const answers = {};
for (const file of process.argv.slice(2)) {
  answers[basename(file)] = problems(withoutUntyped(JSON.parse(readFileSync(file, 'utf8'))));
}
console.log(JSON.stringify(answers, null, 1));
