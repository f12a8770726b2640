import { readApiConfig } from "../config.ts";
import { answerHttpEvents } from "./http-event.ts";
import { openApp } from "./open-app.ts";
import { verifiedCaller } from "./verified-caller.ts";

const config = readApiConfig();
const app = await openApp(config);

/** AppFlow's API: each operation of it is a route. */
export const handler = answerHttpEvents((request, event) =>
  config.auth === "keys" ? app.handle(request) : app.handle(request, verifiedCaller(event)),
);
