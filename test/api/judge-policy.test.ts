import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Deed, judgePolicy, type Verdict } from "../../src/api/judge-policy.ts";
import { parsePolicy } from "../../src/api/parse-policy.ts";
import type { Policy } from "../../src/api/policy.ts";
import type { Json } from "../../src/sdk/json.ts";
import { naiveVerdict } from "./naive-policy.ts";

/** `npm run fuzz` asks for a million. */
const CASES = Number(process.env["MILLRACE_POLICY_CASES"] ?? 20_000);

const ORDERS = "arn:aws:appflow:eu-west-1:111122223333:flow/orders";

const START: Deed = {
  action: "appflow:StartFlow",
  resource: ORDERS,
  user: { name: "ops", arn: "arn:aws:iam::111122223333:user/ops" },
  resourceTags: { team: "sales", Stage: "prod" },
  requestTags: {},
  tagKeys: [],
};

/** What a policy of these statements says. */
function verdict(statements: Json, deed: Partial<Deed> = {}): Verdict {
  return judgePolicy(policyOf({ Version: "2012-10-17", Statement: statements }), { ...START, ...deed });
}

function policyOf(document: Json): Policy {
  const read = parsePolicy(document);
  if ("policy" in read) return read.policy;
  throw new Error(JSON.stringify(read.problems));
}

const allow = (changes: Record<string, Json>): Json => ({ Effect: "Allow", Action: "*", Resource: "*", ...changes });
const where = (Condition: Json): Json => allow({ Condition });

describe("judgePolicy", () => {
  it("allows nothing unless a statement does, and lets a statement that denies outweigh all", () => {
    const deny = { Effect: "Deny", Action: "appflow:Start*", Resource: ORDERS };

    expect(judgePolicy({ statements: [] }, START)).toBe("not-allowed");
    expect(verdict(allow({}))).toBe("allowed");
    expect(verdict([allow({}), deny])).toBe("denied");
    expect(verdict([deny, allow({})])).toBe("denied");
    expect(verdict([allow({}), deny], { action: "appflow:StopFlow" })).toBe("allowed");
  });

  it.each<[Json, Verdict]>([
    ["appflow:StartFlow", "allowed"],
    ["appflow:startflow", "allowed"],
    ["appflow:St?rt*", "allowed"],
    ["AppFlow:*", "allowed"],
    ["appflow:StopFlow", "not-allowed"],
    [["appflow:StopFlow", "appflow:StartFlow"], "allowed"],
    ["*:StartFlow", "allowed"],
  ])("takes the action %j for %s", (Action, expected) => {
    expect(verdict(allow({ Action }))).toBe(expected);
  });

  it.each<[Json, Verdict]>([
    [ORDERS, "allowed"],
    ["arn:aws:appflow:*:*:flow/o*s", "allowed"],
    ["arn:aws:appflow:*:*:flow/order?", "allowed"],
    ["arn:aws:appflow:*:*:flow/orders?", "not-allowed"],
    ["arn:aws:appflow:*:*:flow/Orders", "not-allowed"],
    ["arn:aws:appflow:*:*:connectorprofile/*", "not-allowed"],
    ["arn:aws:appflow:*:*:flow/${aws:username}-*", "not-allowed"],
    ["arn:*${*}", "not-allowed"],
  ])("takes the resource %j for %s", (Resource, expected) => {
    expect(verdict(allow({ Resource }))).toBe(expected);
  });

  it("puts the caller's name in the place of a variable, as text", () => {
    const mine = allow({ Resource: "arn:aws:appflow:*:*:flow/${aws:username}-*" });

    expect(verdict(mine, { resource: ORDERS.replace("orders", "ops-orders") })).toBe("allowed");
    expect(verdict(mine, { resource: ORDERS, user: { name: "*", arn: "" } })).toBe("not-allowed");
    expect(verdict(where({ StringLike: { "aws:PrincipalArn": "${aws:PrincipalArn}" } }))).toBe("allowed");
  });

  it("turns actions and resources round", () => {
    expect(verdict({ Effect: "Allow", NotAction: "appflow:Delete*", Resource: "*" })).toBe("allowed");
    expect(verdict({ Effect: "Allow", NotAction: ["appflow:Start*", "iam:*"], Resource: "*" })).toBe("not-allowed");
    expect(verdict({ Effect: "Allow", Action: "*", NotResource: "arn:aws:appflow:*:*:flow/x" })).toBe("allowed");
    expect(verdict({ Effect: "Allow", Action: "*", NotResource: ORDERS })).toBe("not-allowed");
  });

  it.each<[Json, Verdict]>([
    [{ StringEquals: { "aws:ResourceTag/team": "sales" } }, "allowed"],
    [{ StringEquals: { "AWS:resourcetag/TEAM": "sales" } }, "allowed"],
    [{ StringEquals: { "aws:ResourceTag/team": "Sales" } }, "not-allowed"],
    [{ StringEquals: { "aws:ResourceTag/team": "sa*" } }, "not-allowed"],
    [{ StringLike: { "aws:ResourceTag/team": "sa*" } }, "allowed"],
    [{ StringEqualsIgnoreCase: { "aws:ResourceTag/team": "SALES" } }, "allowed"],
    [{ StringEquals: { "aws:ResourceTag/team": ["ops", "sales"], "aws:ResourceTag/stage": "prod" } }, "allowed"],
    [{ StringEquals: { "aws:ResourceTag/team": "sales", "aws:ResourceTag/stage": "test" } }, "not-allowed"],
    [{ StringEquals: { "aws:ResourceTag/owner": "me" } }, "not-allowed"],
    [{ StringEqualsIfExists: { "aws:ResourceTag/owner": "me" } }, "allowed"],
    [{ StringNotEquals: { "aws:ResourceTag/owner": "me" } }, "allowed"],
    [{ StringNotEquals: { "aws:ResourceTag/team": ["ops", "sales"] } }, "not-allowed"],
    [{ Null: { "aws:ResourceTag/owner": "true" } }, "allowed"],
    [{ Null: { "aws:ResourceTag/team": true } }, "not-allowed"],
    [{ StringEquals: { "aws:username": "ops" } }, "allowed"],
    [{ StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/ops" } }, "allowed"],
    [{ "ForAllValues:StringEquals": { "aws:TagKeys": "team" } }, "allowed"],
    [{ "ForAnyValue:StringEquals": { "aws:TagKeys": "team" } }, "not-allowed"],
  ])("asks whether %j holds: %s", (condition, expected) => {
    expect(verdict(where(condition))).toBe(expected);
  });

  it("looks at every key of the tags that a request gives", () => {
    const deed = { requestTags: { team: "sales", cost: "7" }, tagKeys: ["team", "cost"] };
    const verdicts = ["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals"].map(
      (operator) => verdict(where({ [operator]: { "aws:TagKeys": ["team"] } }), deed),
    );

    expect(verdicts).toEqual(["not-allowed", "allowed", "not-allowed"]);
    expect(verdict(where({ StringEquals: { "aws:RequestTag/cost": "7" } }), deed)).toBe("allowed");
  });

  it("takes two tags that differ in case alone against the caller", () => {
    const twice = { resourceTags: { team: "sales", Team: "sales" } };
    const condition = { StringEquals: { "aws:ResourceTag/team": "sales" } };

    expect(verdict(where(condition), twice)).toBe("not-allowed");
    expect(verdict([allow({}), { Effect: "Deny", Action: "*", Resource: "*", Condition: condition }], twice)).toBe(
      "denied",
    );
  });

  it("has an answer for long texts at once", () => {
    const Resource = `arn:${"*a".repeat(2000)}`;
    const resource = `arn:${"a".repeat(2000)}b`;

    const startedAt = performance.now();
    expect(verdict(allow({ Resource }), { resource })).toBe("not-allowed");
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it("says of any policy and any deed what IAM's manual says", { timeout: CASES * 5 }, () => {
    const seen = new Map<Verdict, number>();

    fc.assert(
      fc.property(documents, deeds, (document, deed) => {
        const answer = judgePolicy(policyOf(document as unknown as Json), deed);
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
        return answer === naiveVerdict(document, deed);
      }),
      { numRuns: CASES },
    );

    for (const answer of ["allowed", "denied", "not-allowed"] as const) {
      expect(seen.get(answer)).toBeGreaterThan(CASES / 50);
    }
  });
});

const names = ["orders", "ops-orders", "prod/a", "ops"];
const tagKeys = ["team", "Team", "stage"];
const tagValues = ["sales", "ops", "SALES", "", "a*"];
const operations = ["StartFlow", "StopFlow", "TagResource", "DescribeFlow", "DeleteConnectorProfile"];

const tags = fc.dictionary(fc.constantFrom(...tagKeys), fc.constantFrom(...tagValues), {
  maxKeys: 2,
  noNullPrototype: true,
});

const deeds: fc.Arbitrary<Deed> = fc
  .record({
    operation: fc.constantFrom(...operations),
    type: fc.constantFrom("flow", "connectorprofile"),
    name: fc.constantFrom(...names),
    list: fc.boolean(),
    user: fc.constantFrom("ops", "sales", "a.b"),
    resourceTags: tags,
    requestTags: tags,
  })
  .map(({ operation, type, name, list, user, resourceTags, requestTags }) => ({
    action: `appflow:${operation}`,
    resource: list && name === "ops" ? "*" : `arn:aws:appflow:eu-west-1:111122223333:${type}/${name}`,
    user: { name: user, arn: `arn:aws:iam::111122223333:user/${user}` },
    resourceTags,
    requestTags,
    tagKeys: Object.keys(requestTags),
  }));

const orList = <Item>(item: fc.Arbitrary<Item>) => fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }));

const actions = orList(
  fc.constantFrom(
    "*",
    "appflow:*",
    "appflow:St*",
    "appflow:*Flow",
    "APPFLOW:stopflow",
    "appflow:TagResource",
    "appflow:De?c*",
    "s?:Get*",
  ),
);
const resources = orList(
  fc.oneof(
    fc.constantFrom(
      "*",
      "arn:*",
      "arn:aws:appflow:*:*:flow/${aws:username}*",
      "arn:aws:appflow:*:*:*/orders",
      "arn:aws:*:flow/*-*",
    ),
    fc.constantFrom(...names).map((name) => `arn:aws:appflow:eu-west-1:111122223333:flow/${name}`),
  ),
);
const singleKeys = fc.constantFrom(
  "aws:username",
  "aws:PrincipalArn",
  ...tagKeys.flatMap((tag) => [`aws:ResourceTag/${tag}`, `aws:requesttag/${tag}`]),
);
const strings = [
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "StringLike",
  "StringNotLike",
];
const comparisons = fc.constantFrom(...strings, ...strings.map((name) => `${name}IfExists`));
const values = orList(
  fc.constantFrom(...tagValues, "s*", "*", "?ps", "${aws:username}", "${aws:PrincipalArn}", "a${*}", "team"),
);

const condition = fc.oneof(
  fc.tuple(comparisons, fc.dictionary(singleKeys, values, { minKeys: 1, maxKeys: 2, noNullPrototype: true })),
  fc.tuple(
    fc.constant("Null"),
    fc.dictionary(singleKeys, fc.constantFrom("true", "false"), { maxKeys: 2, noNullPrototype: true }),
  ),
  fc.tuple(
    fc.tuple(fc.constantFrom("ForAllValues:", "ForAnyValue:"), comparisons).map((parts) => parts.join("")),
    orList(fc.constantFrom("team", "Team", "st*", "stage")).map((value) => ({ "aws:TagKeys": value })),
  ),
);

const statements = fc.record({
  Effect: fc.constantFrom("Allow", "Allow", "Deny"),
  action: fc.tuple(fc.constantFrom("Action", "Action", "NotAction"), actions),
  resource: fc.tuple(fc.constantFrom("Resource", "Resource", "NotResource"), resources),
  conditions: fc.array(condition, { maxLength: 2 }),
});

const documents = fc.array(statements, { minLength: 1, maxLength: 4 }).map((list) => ({
  Version: "2012-10-17",
  Statement: list.map(({ Effect, action, resource, conditions }) => ({
    Effect,
    ...Object.fromEntries<unknown>([action, resource]),
    ...(conditions.length > 0 && { Condition: Object.fromEntries<unknown>(conditions) }),
  })),
}));
