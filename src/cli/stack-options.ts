import { UsageError } from "./commands/command.ts";

/** What tells one stack from another, on every command about stacks. */
export const STACK_OPTIONS = { stage: { type: "string", default: "prod" }, region: { type: "string" } } as const;

export interface StackValues {
  readonly stage: string;
  readonly region?: string | undefined;
}

/** What osls is told of them. `region` is that of the environment. Fails on a stage that cannot be part of a name. */
export function oslsOptions({ stage, region }: StackValues, fallback: string): readonly string[] {
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(stage)) {
    throw new UsageError(`--stage ${stage}: expected a short name in lower case, for example prod`);
  }
  return ["--stage", stage, "--region", region ?? fallback];
}

/** The table of a stack that names none of its own. As in serverless.yml. */
export function defaultTable(stage: string): string {
  return `millrace-${stage}`;
}
