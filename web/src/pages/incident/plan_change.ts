import type { Schemas } from "../../api/client";

type Remedy = Schemas["Incident"]["remedy"];

// What a person must read again, line by line. Empty when nothing that is shown is different.
export function differences(shown: Remedy, now: Remedy): string[] {
  if (!shown) return [];
  if (!now) return ["There is no plan any more."];
  const parts: [string, string, string][] = [
    ["What", shown.title, now.title],
    ["Statements", shown.statements.join(" "), now.statements.join(" ")],
    ["Risk", shown.risk, now.risk],
    ["Only while", shown.guards.join("; "), now.guards.join("; ")],
  ];
  return parts.filter(([, was, is]) => was !== is).map(([name, was, is]) => `${name}: was “${was}”, is now “${is}”.`);
}
