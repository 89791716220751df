import type { Database } from '../store/database.ts';
import type { Hints } from '../store/hints.ts';
import { deleteWorker, reportWorker } from '../store/workers.sql.ts';

/** The workers of this installation that are alive now. */
export interface Crew extends AsyncDisposable {
  /** This worker's part of what a receiver grants to all of them: at least one. */
  shareOf(connections: number): number;
}

export interface CrewOptions {
  db: Database;
  hints: Hints;
  worker: string;
  onError(error: unknown): void;
}

const REPORT_MS = 2_000;
/** Who has been silent for so long is dead. */
const PATIENCE_S = 15;

/** Joins the crew; the others are told, and notice within seconds where hints do not reach them. */
export async function joinCrew({ db, hints, worker, onError }: CrewOptions): Promise<Crew> {
  let size = await reportWorker(db, worker, PATIENCE_S);
  let reporting: Promise<void> = Promise.resolve();
  const report = () => {
    // Without Postgres nothing is leased, and the last count serves.
    reporting = reporting
      .then(async () => {
        size = await reportWorker(db, worker, PATIENCE_S);
      })
      .catch(onError);
  };
  const timer = setInterval(report, REPORT_MS);
  const unsubscribe = hints.on('workers', report);
  hints.give('workers');
  return {
    shareOf: (connections) => Math.max(1, Math.floor(connections / size)),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      unsubscribe();
      await reporting;
      await deleteWorker(db, worker).catch(onError);
      hints.give('workers');
    },
  };
}
