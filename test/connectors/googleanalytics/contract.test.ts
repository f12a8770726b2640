import googleAnalytics from "../../../connectors/googleanalytics/index.ts";
import { sourceContract } from "../../contract/source.ts";
import { dayIn, refusal, startAnalytics } from "../../support/saas/analytics-server.ts";

sourceContract({
  connector: googleAnalytics,
  fieldsOf: ({ object }) =>
    object === "properties/1" ? ["date", "country", "pagePath", "activeUsers"] : ["country", "activeUsers"],
  async open() {
    const standIn = await startAnalytics({ pageSize: 2, now: Date.UTC(2019, 2, 10, 12) });
    // Three rows of a day are two pages; most days have none.
    const facts = Array.from({ length: 12 }, (_, i) => {
      const day = standIn.time.now() - (1 + Math.floor(i / 3) * 6) * 86_400_000;
      return { date: dayIn(day, "Europe/Warsaw"), country: "Poland", pagePath: `/page/${i}`, activeUsers: i + 1 };
    });
    standIn.facts.set("1", facts).set("2", []).set("3", []);
    const settings = { object: "properties/1" };
    return {
      standIn,
      properties: {},
      credentials: standIn.credentials,
      renews: true,
      objects: [
        {
          settings,
          key: "pagePath",
          count: 12,
          text: "uiName",
          time: { field: "date", toMs: (text) => Date.parse(text) },
        },
      ],
      empty: { object: "properties/2/realtime" },
      filters: [
        {
          settings,
          filter: {
            field: "date",
            operator: "between",
            values: [Date.UTC(2019, 1, 14), Date.UTC(2019, 2, 1)].map(String),
            dataType: "datetime",
          },
        },
      ],
      forbidden: refusal(403, "PERMISSION_DENIED", "User does not have sufficient permissions for this property."),
      tooMany: refusal(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota."),
    };
  },
});
