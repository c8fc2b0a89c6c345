import type { Pattern } from "../model/pattern.ts";
import type { Problem } from "./codes.ts";
import { didYouMean, nearHint, show } from "./message-parts.ts";
import { checkValue } from "./values.ts";

/** Checks of a pattern's keys against each other. */

interface ProblemAt extends Problem {
  readonly path: readonly (string | number)[];
}

type CheckedValue = Omit<Pattern, "name" | "file" | "examples">;

/** Finds references within the pattern that lead nowhere, and duplicate units. */
export function checkReferences(pattern: CheckedValue): readonly ProblemAt[] {
  return [
    ...checkUnits(pattern.units),
    ...checkComponents(pattern),
    ...checkOverrides(pattern),
    ...checkNetworkNotes(pattern),
    ...checkOrder(pattern),
    ...checkServices(pattern),
  ];
}

function checkUnits(units: Pattern["units"]): readonly ProblemAt[] {
  const names = units.map(({ component, kind }) => `${component}.${kind}`);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [{ message: "has the same component and kind as an earlier unit", path: ["units", index] }]
      : [],
  );
  const components = units.map(({ component }) => component);
  const unknown = units.flatMap(({ after = [] }, index) =>
    after.flatMap((component, position) =>
      components.includes(component)
        ? []
        : [notAComponent(component, components, ["units", index, "after", position])],
    ),
  );
  return [...twice, ...unknown];
}

function notAComponent(
  component: string,
  components: readonly string[],
  path: readonly (string | number)[],
): ProblemAt {
  return {
    message: `is not a component of the pattern: ${show(component)}`,
    hint: nearHint(component, components),
    path,
  };
}

/** The lists whose entries may name a component. */
const LISTS = ["storage", "metrics", "rules", "networkNotes", "deploymentOrder", "validation"] as const;

function checkComponents(pattern: CheckedValue): readonly ProblemAt[] {
  const containers = pattern.units.filter(({ kind }) => kind === "container");
  const components = containers.map(({ component }) => component);
  return LISTS.flatMap((list) =>
    pattern[list].flatMap(({ component }, index) =>
      component === undefined || components.includes(component)
        ? []
        : [notAComponent(component, components, [list, index, "component"])],
    ),
  );
}

function checkOverrides({ rules, parameters }: CheckedValue): readonly ProblemAt[] {
  const switches = Object.keys(parameters).filter((name) => parameters[name]?.type === "boolean");
  return rules.flatMap(({ override }, index) =>
    override === undefined || switches.includes(override)
      ? []
      : [
          {
            message: `is not a boolean parameter of the pattern: ${show(override)}`,
            hint: didYouMean(override, switches),
            path: ["rules", index, "override"],
          },
        ],
  );
}

/** Notes about a network that the units are not on would mislead. */
function checkNetworkNotes({ networkNotes, units, defaults }: CheckedValue): readonly ProblemAt[] {
  return networkNotes.flatMap(({ component, network }, index) => {
    const unit = units.find((one) => one.component === component && one.kind === "container");
    const networks = (component === "" ? defaults.networks : unit?.defaults?.networks) ?? [];
    if (networks.includes(network)) return [];
    const hint = didYouMean(network, networks, "networks");
    return [
      {
        message: `is not among the component's networks: ${show(network)}`,
        hint,
        path: ["networkNotes", index, "network"],
      },
    ];
  });
}

/** A step for a component must not come before that of one which it starts after. */
function checkOrder({ deploymentOrder, units }: CheckedValue): readonly ProblemAt[] {
  const order = deploymentOrder.map(({ component }) => component);
  return order.flatMap((component, index) => {
    const after = units.filter((unit) => unit.component === component).flatMap((unit) => unit.after ?? []);
    const late = after.find((other) => order.indexOf(other) > index);
    if (late === undefined) return [];
    const message = `comes before ${show(late)} but starts after it`;
    return [{ message, path: ["deploymentOrder", index] }];
  });
}

function checkServices({ exampleServices, parameters }: CheckedValue): readonly ProblemAt[] {
  return exampleServices.flatMap(({ values }, index) =>
    Object.entries(values).flatMap(([name, value]) => {
      const path = ["exampleServices", index, "values", name];
      const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      if (!parameter) {
        const hint = didYouMean(name, Object.keys(parameters), "parameters");
        return [{ message: "is not a parameter of the pattern", hint, path }];
      }
      const problem = checkValue(parameter, value);
      return problem === undefined ? [] : [{ ...problem, path }];
    }),
  );
}
