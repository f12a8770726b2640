import { TimerAlarm } from "../../../src/adapters/local/timer-alarm.ts";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";

/* A process that starts the flows of a database, as the first argument names it, and prints each. It runs until it is ended. */

const alarm = new TimerAlarm({
  database: openDatabase(process.argv[2]!),
  fire: async (flow) => void process.stdout.write(`${flow}\n`),
  report: (error) => console.error(error),
});
alarm.start();
setInterval(() => undefined, 60_000);
