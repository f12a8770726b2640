import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Makes the artefacts of the stack in a folder, with no network and no credentials, and gives the path of its template. */
export function packageStack(folder: string, parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) => ["--param", `${name}=${value}`]);
  const osls = join(ROOT, "node_modules/.bin/osls");
  execFileSync(osls, ["package", "--package", folder, ...given], {
    cwd: ROOT,
    env: withoutNetworkAndCredentials(folder),
    stdio: "pipe",
  });
  return join(folder, "cloudformation-template-update-stack.json");
}

export function readTemplate(path: string): Template {
  return JSON.parse(readFileSync(path, "utf8")) as Template;
}

function withoutNetworkAndCredentials(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const nowhere = "http://127.0.0.1:9";
  return { ...Object.fromEntries(kept), HOME: home, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
}

/** What a role or a managed policy says, with the policies that it has; of a choice, the branch of its condition that holds. */
export function statementsOf(template: Template, name: string): readonly Statement[] {
  const { Properties: properties } = template.Resources[name]!;
  const own = [properties, ...((properties["Policies"] as readonly Record<string, unknown>[] | undefined) ?? [])];
  const attached = (properties["ManagedPolicyArns"] as readonly Choice<{ readonly Ref: string }>[] | undefined) ?? [];
  return [
    ...own.flatMap((each) => {
      const document = each["PolicyDocument"] as { readonly Statement: readonly Choice<Statement>[] } | undefined;
      return document?.Statement.map(chosen) ?? [];
    }),
    ...attached.map(chosen).flatMap(({ Ref }) => statementsOf(template, Ref)),
  ];
}

type Choice<Item extends object> =
  | Item
  | { readonly "Fn::If": readonly [condition: string, then: Item, otherwise: unknown] };

function chosen<Item extends object>(choice: Choice<Item>): Item {
  return "Fn::If" in choice ? choice["Fn::If"][1] : choice;
}

export function actionsOf({ Action: action }: Statement): readonly string[] {
  return typeof action === "string" ? [action] : action;
}
