import { busSubscriptionsWhenChanged } from "../adapters/aws/bus-subscriptions-when-changed.ts";
import { createFlowApp } from "../app.ts";
import { readApiConfig } from "../config.ts";
import { answerCalls, openApi } from "./open-api.ts";
import { openStarter } from "./open-starter.ts";

const config = readApiConfig();
const { documents, stores, ...starter } = openStarter(config);
const api = await openApi(config, documents);
const subscriptions = busSubscriptionsWhenChanged({
  region: config.place.region,
  endpoint: config.eventsEndpoint,
  target: config.events,
});

/** AppFlow's API but for profiles and entities: here are no credentials of other systems, and no data. */
export const handler = answerCalls(
  createFlowApp({
    ...api,
    ports: { ...stores, ...starter, ...api.ports, subscriptions },
    config: { ...api.config, kmsArn: config.kmsArn, allowedBuckets: config.allowedBuckets },
  }),
  config,
);
