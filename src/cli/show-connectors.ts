import type { AuthKind } from "../sdk/profile-sheet.ts";
import type { DescribedConnector, DescribedMember } from "./describe-connector.ts";
import { showTable } from "./show-table.ts";
import type { Terminal } from "./terminal.ts";

/** One line for each. */
export function showConnectors(connectors: readonly DescribedConnector[], terminal: Terminal): void {
  const rows = connectors.map(({ type, source, destination, profile }) => [
    type,
    sideText(source, "reads"),
    sideText(destination, "writes"),
    profile === undefined ? "–" : profile.auth.map((kind) => AUTH_TEXT[kind]).join(", "),
  ]);
  showTable(["connector", "source", "destination", "opened with"], rows, terminal);
  terminal.note("kept: flows are kept, checked and described, and their runs fail and say so");
}

function sideText(side: { readonly movesData: boolean } | undefined, does: string): string {
  if (side === undefined) return "–";
  return side.movesData ? does : "kept";
}

const AUTH_TEXT: Readonly<Record<AuthKind, string>> = {
  "api-key": "API key",
  basic: "user and password",
  oauth2: "OAuth 2",
  custom: "keys of its own",
};

export function showConnector(connector: DescribedConnector, terminal: Terminal): void {
  const { type, key, label, docs, registered, source, destination, profile } = connector;
  terminal.print(`${terminal.bold(label)}  ${terminal.dim(docs)}`);
  const keyText = key === type ? "" : `, and ${key} in tasks, properties and credentials`;
  terminal.print(`  connectorType ${type}${keyText}`);
  if (registered)
    terminal.print("  stands for all connectors that are registered: what they can do, each of them tells");
  if (source !== undefined) {
    terminal.print(`as a source: ${source.movesData ? "this engine reads it" : KEPT}`);
    terminal.print(`  triggers: ${source.triggers.join(", ")}`);
    terminal.print(`  schedules: ${intervalText(source.minimumMinutes)} at the quickest`);
    terminal.print(`  new records only: ${source.incremental ? "yes" : "no"}`);
    terminal.print(`  read side by side: ${source.parallel ? "yes" : "no"}`);
    showMembers("settings", source.settings, terminal);
    terminal.print(`  operators: ${source.operators.join(", ")}`);
  }
  if (destination !== undefined) {
    terminal.print(`as a destination: ${destination.movesData ? "this engine writes to it" : KEPT}`);
    if (destination.triggers !== undefined) terminal.print(`  triggers: ${destination.triggers.join(", ")}`);
    if (destination.writeOperations.length > 0) terminal.print(`  writes: ${destination.writeOperations.join(", ")}`);
    showMembers("settings", destination.settings, terminal);
  }
  if (profile === undefined) {
    terminal.print("profiles: none, whoever runs the engine has the access");
    return;
  }
  terminal.print(`profiles: opened with ${profile.auth.map((kind) => AUTH_TEXT[kind]).join(", or ")}`);
  showMembers("properties", profile.properties, terminal);
  showMembers("credentials", profile.credentials, terminal);
}

const KEPT = "flows are kept, and their runs fail and say so";

const INTERVALS: readonly (readonly [minutes: number, name: string])[] = [
  [1440, "day"],
  [60, "hour"],
  [1, "minute"],
];

function intervalText(minutes: number): string {
  const [unit, name] = INTERVALS.find(([each]) => minutes % each === 0)!;
  return minutes === unit ? `every ${name}` : `every ${minutes / unit} ${name}s`;
}

function showMembers(title: string, members: readonly DescribedMember[], terminal: Terminal): void {
  if (members.length === 0) return;
  terminal.print(`  ${title}:`);
  for (const { name, required, secret, values } of members) {
    const marks = [...(required ? ["required"] : []), ...(secret ? ["secret"] : []), ...(values ?? [])];
    terminal.print(`    ${name}${marks.length === 0 ? "" : `  ${terminal.dim(marks.join(", "))}`}`);
  }
}
