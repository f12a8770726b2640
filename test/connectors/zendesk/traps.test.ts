import { afterEach, beforeEach, describe, expect, it } from "vitest";
import zendesk from "../../../connectors/zendesk/index.ts";
import type { BrowseSession, Page, ReadableSource, Session, SourceQuery } from "../../../src/sdk/connector.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";
import { startZendesk, type Zendesk } from "../../support/saas/zendesk-server.ts";

const source = zendesk.source as ReadableSource;

/** What others have fallen into, each by a test. Answers are written as Zendesk gives them. */
describe("Zendesk", () => {
  let server: Zendesk;
  let world: ProfileWorld;
  let session: Session;

  beforeEach(async () => {
    server = await startZendesk({ exportSize: 10 });
    const properties = { instanceUrl: server.origin };
    world = await openProfileWorld({
      connector: zendesk,
      standIn: server,
      properties,
      credentials: server.credentials,
    });
    session = await world.session();
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const pages = (object: string, changes: Partial<SourceQuery> = {}) =>
    collect(
      source.read(session, { settings: { object }, fields: undefined, slice: null, cursor: undefined, ...changes }),
    );
  const textsOf = async (object: string, changes: Partial<SourceQuery> = {}) =>
    Promise.all((await pages(object, changes)).map(textOf));
  const recordsOf = async (object: string, changes: Partial<SourceQuery> = {}) =>
    (await textsOf(object, changes)).flatMap((text) => JSON.parse(text) as Record<string, Json>[]);
  const answer = (body: object | string) => server.faults.push({ body });
  const asked = () => server.calls.map(({ url }) => url.pathname + url.search);
  const second = () => Math.floor(server.time.now() / 1000) - 3600;
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();

  it("time-based export whose page shares one second: ends, instead of reading it for ever or leaving records out", async () => {
    for (let id = 1; id <= 25; id++) server.put("organizations", { id, updated_at: at(second()) });

    await expect(pages("organizations")).rejects.toMatchObject({
      code: "ClientError",
      message: expect.stringContaining(`have the time ${at(second())}`) as unknown,
    });
    expect(server.calls.length).toBeLessThan(5);
  });

  it("record on the border of two pages of a time-based export: comes once", async () => {
    for (let id = 1; id <= 35; id++) server.put("organizations", { id, updated_at: at(second() + Math.floor(id / 4)) });

    const ids = (await recordsOf("organizations")).map(({ id }) => id);

    expect(ids).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
  });

  it("record on the border that has changed meanwhile: comes as what it was and as what it is", async () => {
    answer({ organizations: [{ id: 1, updated_at: at(5) }], end_of_stream: false, end_time: 5, count: 1 });
    answer({
      organizations: [
        { id: 1, updated_at: at(5) },
        { id: 1, updated_at: at(6) },
      ],
      end_of_stream: true,
      end_time: 6,
      count: 2,
    });

    expect((await recordsOf("organizations")).map(({ updated_at }) => updated_at)).toEqual([at(5), at(6)]);
  });

  it("user that one page has twice: comes once", async () => {
    const user = { id: 7, name: "Ann", updated_at: at(1) };
    answer({ users: [user, { ...user, id: 8 }, user], after_cursor: null, end_of_stream: true });

    expect((await recordsOf("users")).map(({ id }) => id)).toEqual([7, 8]);
  });

  it("next_page behind the end of a time-based export: is not followed", async () => {
    server.put("organizations", { id: 1, updated_at: at(second()) });

    expect(await pages("organizations")).toHaveLength(1);
    expect(server.calls).toHaveLength(1);
  });

  it("links.next behind the end of a list: is not followed", async () => {
    server.put("groups", { id: 1, updated_at: at(second()) });

    expect(await pages("groups")).toHaveLength(1);
    expect(server.calls).toHaveLength(1);
  });

  it("short page in the middle of an export, or an empty one: is not the end", async () => {
    answer({ tickets: [{ id: 1, generated_timestamp: 1 }], after_cursor: "a", end_of_stream: false });
    answer({ tickets: [], after_cursor: "b", end_of_stream: false });
    answer({ tickets: [{ id: 2, generated_timestamp: 2 }], after_cursor: null, end_of_stream: true });

    expect((await recordsOf("tickets")).map(({ id }) => id)).toEqual([1, 2]);
    expect(asked()[1]).toBe("/api/v2/incremental/tickets/cursor.json?cursor=a&per_page=1000");
  });

  it("page of an export that tells neither the end nor where to go on: is asked for again, and then fails", async () => {
    for (let i = 0; i < 20; i++) answer({ tickets: [], after_cursor: null, end_of_stream: false });

    await expect(pages("tickets")).rejects.toMatchObject({ code: "ServerError" });
  });

  it("export of Help Center without end_of_stream: ends with a page that is not full", async () => {
    answer({
      articles: [{ id: 1, updated_at: at(5) }],
      count: 1,
      end_time: 5,
      next_page: "https://acme.zendesk.com/x",
    });

    expect(await pages("articles")).toHaveLength(1);
  });

  it("start_time less than a minute ago: there is nothing yet", async () => {
    const now = server.time.now();

    expect(await recordsOf("tickets", { window: { after: now - 5000, to: now } })).toEqual([]);
    expect(server.calls).toHaveLength(1);
  });

  it("422 for another reason: is an error, whose words are told", async () => {
    server.faults.push({ status: 422, body: { error: "InvalidValue", description: "Invalid start_time" } });

    await expect(pages("tickets")).rejects.toMatchObject({
      code: "ClientError",
      message: expect.stringContaining("Invalid start_time") as unknown,
    });
  });

  it.each([
    ["a text", { error: "RecordNotFound", description: "Not found" }, 404, "ResourceNotFoundError"],
    ["an object", { error: { title: "Forbidden", message: "You do not have access." } }, 403, "AccessDenied"],
    ["a page", "<html>Unknown error</html>", 400, "ClientError"],
  ])("error that is %s: is told", async (_, body, status, code) => {
    server.faults.push({ status, body });

    await expect(pages("tickets")).rejects.toMatchObject({ code });
  });

  it("ticket that somebody else is changing (409): is asked for after ten seconds", async () => {
    const before = server.time.now();
    server.faults.push({ status: 409, body: { error: "Conflict" } });

    await pages("tickets");

    expect(server.time.now() - before).toBe(10_000);
  });

  it("custom fields of tickets: are fields, and the list that repeats them is not one", async () => {
    const fields =
      '[{"id":3601,"value":"gold"},{"id":46407218913169,"value":12345678901234567890.5},{"id":7,"value":null}]';
    answer(
      `{"tickets":[{"id":1,"custom_fields":${fields},"fields":${fields},"generated_timestamp":5}],` +
        '"after_cursor":null,"end_of_stream":true}',
    );

    expect(await textsOf("tickets")).toEqual([
      `[{"id":1,"custom_fields":${fields},"custom_field_3601":"gold",` +
        '"custom_field_46407218913169":12345678901234567890.5,"custom_field_7":null,"generated_timestamp":5}]',
    ]);
  });

  it("deleted tickets: come as what they are", async () => {
    answer({
      tickets: [{ id: 1, status: "deleted", generated_timestamp: 1 }],
      after_cursor: null,
      end_of_stream: true,
    });

    expect(await recordsOf("tickets")).toMatchObject([{ id: 1, status: "deleted" }]);
    expect(asked()[0]).not.toContain("exclude_deleted");
  });

  it("comments one call for each ticket: come with the events, a thousand at once", async () => {
    const comment = { id: 11, event_type: "Comment", body: "Hello", public: true };
    answer({
      ticket_events: [
        {
          id: 1,
          ticket_id: 5,
          timestamp: 9,
          created_at: at(9),
          child_events: [comment, { id: 12, event_type: "Change" }],
        },
        { id: 2, ticket_id: 6, timestamp: 9, created_at: at(9), child_events: [] },
        { id: 3, ticket_id: 7, timestamp: 9, created_at: at(9) },
      ],
      count: 3,
      end_time: 9,
      end_of_stream: true,
    });

    expect(await recordsOf("ticket_comments")).toEqual([{ ticket_id: 5, timestamp: 9, created_at: at(9), ...comment }]);
    expect(asked()).toEqual([
      "/api/v2/incremental/ticket_events.json?include=comment_events&start_time=0&per_page=1000",
    ]);
  });

  it("side loads: are asked for where a task names their field", async () => {
    await pages("tickets", { fields: ["id", "metric_set", "slas"] });

    expect(asked()[0]).toContain("include=metric_sets%2Cslas&");
  });

  it("more exports than ten in a minute: are not asked for, so none is refused", async () => {
    for (let id = 1; id <= 250; id++) server.put("tickets", { id, generated_timestamp: second() });
    const before = server.time.now();

    await pages("tickets");

    expect(server.exportLimit.refused).toBe(0);
    expect(server.time.now() - before).toBe(120_000);
  });

  it("account with the high-volume add-on: goes as fast as its answers allow", async () => {
    await using fast = await startZendesk({ exportSize: 10, exportsPerMinute: 30 });
    const properties = { instanceUrl: fast.origin };
    const options = { connector: zendesk, standIn: fast, properties, credentials: fast.credentials };
    await using other = await openProfileWorld(options);
    for (let id = 1; id <= 290; id++) fast.put("tickets", { id, generated_timestamp: second() });
    const before = fast.time.now();

    session = await other.session();
    await pages("tickets");

    expect(fast.calls).toHaveLength(29);
    expect(fast.time.now() - before).toBe(0);
  });

  it("audits, newest first: are read back to the window and no further", async () => {
    for (let id = 1; id <= 500; id++) server.put("ticket_audits", { id, created_at: at(second() + id) });

    const records = await recordsOf("ticket_audits", {
      window: { after: (second() + 420) * 1000, to: server.time.now() },
    });

    expect(records.filter(({ id }) => Number(id) > 420)).toHaveLength(80);
    expect(server.calls).toHaveLength(1);
  });

  it("window: begins the export at its second, and not after it", async () => {
    await pages("users", { window: { after: 1_700_000_000_999, to: server.time.now() } });

    expect(asked()[0]).toContain("start_time=1700000000&");
  });

  it("custom objects that the plan has not: are none in a list, and an error in a run", async () => {
    const forbidden = { status: 403, body: { error: { title: "Forbidden", message: "Plan." } } };
    server.faults.push(forbidden, forbidden);
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };

    const listed = await source.entities!(browse, { path: "custom_objects", next: undefined, limit: 10 });

    expect(listed.entities).toEqual([]);
    await expect(pages("custom_objects/car")).rejects.toMatchObject({ code: "AccessDenied" });
  });

  it("custom objects that there are: are listed, described and read", async () => {
    answer({ custom_objects: [{ key: "car", title: "Car" }], meta: { has_more: false } });
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };
    server.put("custom_objects/car", { id: 1, updated_at: at(second()), custom_object_fields: { doors: 4 } });

    const listed = await source.entities!(browse, { path: "custom_objects", next: undefined, limit: 10 });

    expect(listed.entities).toEqual([{ name: "custom_objects/car", label: "Car", hasNested: false }]);
    const fields = await source.describe!(browse, "custom_objects/car");
    expect(fields!.map(({ name }) => name)).toContain("custom_object_fields");
    expect(await recordsOf("custom_objects/car")).toMatchObject([{ id: 1 }]);
  });

  it("fields of an account: are described as they are in records, with their titles and values", async () => {
    answer({
      ticket_fields: [
        { id: 1, type: "subject", title: "Subject" },
        { id: 3601, type: "tagger", title: "Tier", custom_field_options: [{ value: "gold" }, { value: "silver" }] },
        { id: 3602, type: "decimal", title: "Price" },
      ],
      meta: { has_more: false },
    });
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };

    const fields = await source.describe!(browse, "tickets");

    const custom = fields!.filter(({ name }) => name.startsWith("custom_field_"));
    expect(custom).toMatchObject([
      { name: "custom_field_3601", label: "Tier", type: "string", values: ["gold", "silver"], filterOperators: [] },
      { name: "custom_field_3602", label: "Price", type: "decimal", filterOperators: ["GREATER_THAN"] },
    ]);
    expect(fields!.filter(({ source: ability }) => ability?.isTimestamp).map(({ name }) => name)).toEqual([
      "generated_timestamp",
      "created_at",
      "updated_at",
    ]);
  });

  it("flow by a field that does not tell what is new: is refused with those that do", () => {
    const versions = (object: string, field?: string) => () => source.incremental!.versions!({ object }, field);

    expect(versions("tickets", "due_at")).toThrow(
      /`due_at` does not tell what is new — name generated_timestamp or updated_at/,
    );
    expect(versions("tags")).toThrow(/dataPullMode Complete/);
  });

  it("name of an object that there is not: is a problem, with all that there are", () => {
    expect(source.check({ object: "tickest" })).toMatchObject([
      {
        path: "object",
        message: '"tickest" is no object of Zendesk',
        remedy: expect.stringContaining("tickets") as unknown,
      },
    ]);
    for (const object of ["Tickets", "ticket-events", "custom_objects/car"])
      expect(source.check({ object })).toEqual([]);
  });
});

async function textOf(page: Page): Promise<string> {
  const chunks = "body" in page ? await collect(page.body.stream()) : [];
  return Buffer.concat(chunks).toString();
}
