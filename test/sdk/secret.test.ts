import { format, inspect } from "node:util";
import { expect, it } from "vitest";
import { Secret } from "../../src/sdk/secret.ts";

it("shows a secret nowhere but where it is asked for", () => {
  const secret = new Secret("canary");

  const shown = [
    secret.toString(),
    JSON.stringify([secret]),
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
    format("%s %o %j", secret, secret, secret),
    Object.keys(secret).join(),
  ];

  expect(shown.join()).not.toContain("canary");
  expect(secret.reveal()).toBe("canary");
});
