import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../src/api/operation-table.ts";
import { parsePolicy } from "../../src/api/parse-policy.ts";
import { POLICY_ACTIONS } from "../../src/api/policy-actions.ts";
import type { Json } from "../../src/sdk/json.ts";

/** What is wrong with a policy, as `path: message — remedy`. */
function problemsOf(document: Json): readonly string[] {
  const read = parsePolicy(document);
  if ("policy" in read) return [];
  return read.problems.map(
    ({ path, message, remedy }) => `${path}: ${message}${remedy === undefined ? "" : ` — ${remedy}`}`,
  );
}

const statement = (changes: Record<string, Json>): Json => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*", ...changes },
});

describe("parsePolicy", () => {
  it("takes the policy of docs/policies.md", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/policies.md"), "utf8");
    const [, example] = /```json\n([^]*?)```/.exec(page)!;

    expect(problemsOf(JSON.parse(example!) as Json)).toEqual([]);
  });

  it("takes AWS's own policy for everything, passing over what it says of other services", () => {
    // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAppFlowFullAccess.html, in part.
    const document: Json = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "appflow:*", Resource: "*" },
        {
          Sid: "KMSGrantPermissions",
          Effect: "Allow",
          Action: ["kms:CreateGrant"],
          Resource: "*",
          Condition: {
            StringLike: { "kms:ViaService": "appflow.*.amazonaws.com" },
            Bool: { "kms:GrantIsForAWSResource": "true" },
          },
        },
      ],
    };

    const read = parsePolicy(document);

    expect("policy" in read && read.policy.statements).toEqual([
      expect.objectContaining({ effect: "allow", conditions: [] }),
    ]);
  });

  it("knows every operation's action", () => {
    const actions = POLICY_ACTIONS.map((action) => action.toLowerCase());

    for (const { name } of OPERATIONS) expect(actions).toContain(name.toLowerCase());
  });

  it.each<[string, Json, string]>([
    ["text", "allow all", "the policy: it is not a JSON object"],
    ["null", null, "the policy: it is not a JSON object"],
    ["nothing", { Version: "2012-10-17" }, "Statement: there is none — allow something"],
    [
      "no version",
      { Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
      'Version: only one version is known — give "2012-10-17"',
    ],
    ["another statement", { Version: "2012-10-17", Statement: ["x"] }, "Statement[0]: it is not a JSON object"],
    ["a principal", statement({ Principal: "*" }), "Statement[0].Principal: no such element is known here"],
    [
      "a misspelt element",
      statement({ Conditions: {} }),
      'Statement[0].Conditions: no such element is known here — did you mean "Condition"?',
    ],
    ["no effect", statement({ Effect: "allow" }), 'Statement[0].Effect: "allow" is no effect — give Allow or Deny'],
    ["no action", statement({ Action: [] }), 'Statement[0]: it has no Action — name one, or "*"'],
    [
      "two actions",
      statement({ NotAction: "*" }),
      "Statement[0]: it has both Action and NotAction — leave out one of them",
    ],
    [
      "a misspelt action",
      statement({ Action: ["appflow:*", "appflow:StratFlow"] }),
      'Statement[0].Action[1]: AppFlow has no action "StratFlow" — did you mean "StartFlow"?',
    ],
    [
      "an action without a service",
      statement({ Action: "StartFlow" }),
      'Statement[0].Action: "StartFlow" is no action — write it as "appflow:StartFlow"',
    ],
    ["a number", statement({ Resource: 7 }), "Statement[0].Resource: 7 is no text"],
    [
      "a name",
      statement({ Resource: "orders" }),
      'Statement[0].Resource: "orders" is no ARN — write it as "arn:aws:appflow:*:*:flow/orders-*", or "*" for all',
    ],
    [
      "another variable",
      statement({ Resource: "arn:${aws:userid}" }),
      'Statement[0].Resource: "arn:${aws:userid}" has a variable that is not known — the variables are ${aws:username} and ${aws:PrincipalArn}',
    ],
    ["half a variable", statement({ Resource: "arn:${aws:username" }), "has a variable that is not known"],
    ["conditions of another kind", statement({ Condition: [] }), "Statement[0].Condition: it is not a JSON object"],
    [
      "another operator",
      statement({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
      "Statement[0].Condition.IpAddress: this engine does not know the operator",
    ],
    [
      "a misspelt operator",
      statement({ Condition: { StringEqual: { "aws:username": "a" } } }),
      'did you mean "StringEquals"?',
    ],
    [
      "another key",
      statement({ Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }),
      'Statement[0].Condition.StringEquals["aws:SourceVpc"]: no request has this key',
    ],
    ["no tag", statement({ Condition: { StringEquals: { "aws:ResourceTag/": "a" } } }), "no request has this key"],
    [
      "a list as one value",
      statement({ Condition: { StringEquals: { "aws:TagKeys": "a" } } }),
      "it has several values — put ForAllValues: or ForAnyValue: before the operator",
    ],
    [
      "one value as a list",
      statement({ Condition: { "ForAllValues:StringEquals": { "aws:username": "a" } } }),
      "it has one value — leave out ForAllValues: and ForAnyValue:",
    ],
    ["no value", statement({ Condition: { StringEquals: { "aws:username": [] } } }), "it has no value that is a text"],
    [
      "a value of another kind",
      statement({ Condition: { StringEquals: { "aws:username": 7 } } }),
      "it has no value that is a text",
    ],
    [
      "no truth",
      statement({ Condition: { Null: { "aws:username": "no" } } }),
      "Null compares with true or false alone",
    ],
    ["too much", statement({ Sid: "x".repeat(6144) }), "characters, and 6144 are allowed"],
  ])("refuses %s with its place and the remedy", (_, document, problem) => {
    expect(problemsOf(document)).toEqual([expect.stringContaining(problem)]);
  });

  it("tells everything that is not understood at once", () => {
    const document = {
      Statement: [
        {
          Effect: "No",
          Action: "appflow:Nothing",
          Resource: "x",
          Condition: { Bool: {}, StringEquals: { "aws:x": "1" } },
        },
      ],
    };

    expect(problemsOf(document).map((problem) => problem.split(":")[0])).toEqual([
      "Version",
      "Statement[0].Effect",
      "Statement[0].Action",
      "Statement[0].Resource",
      "Statement[0].Condition.Bool",
      'Statement[0].Condition.StringEquals["aws',
    ]);
  });
});
