// What Grafana does between a query's answer and a panel: transformations, defaults, overrides.
import {
  applyFieldOverrides, cacheFieldDisplayNames, Registry, standardTransformers, standardTransformersRegistry, transformDataFrame,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

import { framesOf } from './frames.js';

const USED = ['mergeTransformer', 'filterFieldsByNameTransformer', 'organizeFieldsTransformer'];
standardTransformersRegistry.setInit(() => USED.map((name) => {
  const transformation = standardTransformers[name];
  return { id: transformation.id, name: transformation.name, transformation: async () => transformation };
}));

export async function panelData(panel, answers, end, theme, timeZone) {
  const frames = panel.targets.flatMap((target, i) =>
    framesOf({ ...target, alone: panel.targets.length === 1 }, answers[i], end));
  // Grafana passes over a transformation that it does not know.
  const unknown = (panel.transformations ?? []).find(({ id }) => !standardTransformersRegistry.getIfExists(id));
  if (unknown) throw new Error(`"${panel.title}": no transformation ${unknown.id}`);
  const transformed = await firstValueFrom(transformDataFrame(panel.transformations ?? [], frames));
  const shown = applyFieldOverrides({
    data: transformed,
    fieldConfig: prepared(panel.fieldConfig),
    replaceVariables: (text) => text,
    theme,
    timeZone,
    fieldConfigRegistry: registryFor(panel.fieldConfig),
  });
  cacheFieldDisplayNames(shown);
  return shown;
}

// JSON has null for the threshold below all others.
function prepared(fieldConfig) {
  const copy = structuredClone(fieldConfig);
  const thresholds = [copy.defaults.thresholds, ...copy.overrides.flatMap(({ properties }) =>
    properties.filter(({ id }) => id === 'thresholds').map(({ value }) => value))];
  for (const one of thresholds.filter(Boolean)) one.steps[0].value = -Infinity;
  return copy;
}

// Grafana's core registers the properties that panels and overrides may set; its packages do not.
function registryFor({ defaults, overrides }) {
  const { custom = {}, ...standard } = defaults;
  const ids = new Set([
    ...Object.keys(standard), ...Object.keys(custom).map((name) => `custom.${name}`),
    ...overrides.flatMap(({ properties }) => properties.map(({ id }) => id)),
  ]);
  return new Registry(() => [...ids].map((id) => ({
    id,
    path: id.replace('custom.', ''),
    name: id,
    isCustom: id.startsWith('custom.'),
    process: (value) => value,
    shouldApply: () => true,
  })));
}
