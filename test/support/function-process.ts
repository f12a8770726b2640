import { pathToFileURL } from "node:url";

/*
 * What Lambda's runtime is to a function: loads the module that the first argument names, and answers events. Whatever goes
 * wrong while it loads ends the process.
 */

interface Invocation {
  readonly id: number;
  readonly event: unknown;
}

const { handler } = (await import(pathToFileURL(process.argv[2]!).href)) as {
  readonly handler: (event: unknown, context: unknown) => Promise<unknown>;
};
/** As long as a call may last. */
const context = { getRemainingTimeInMillis: () => 900_000 };
process.send!("loaded");

process.on("message", ({ id, event }: Invocation) => {
  handler(event, context).then(
    (result) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
});
