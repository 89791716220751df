import type { Behaviours } from '../context.ts';
import { newestFirst } from '../page.ts';
import { notFound } from '../problem.ts';
import type { ReportRecord, World } from '../world.ts';

export const reports = {
  listReports({ world }, { query }) {
    const { kind, message_id } = query;
    const matching = world.reports
      .map(({ report }) => report)
      .filter((report) => kind === undefined || report.kind === kind)
      .filter((report) => message_id === undefined || report.message_id === message_id);
    return { status: 200, body: newestFirst(matching, query) };
  },

  getReport: ({ world }, { path }) => ({ status: 200, body: find(world, path.report_id).report }),

  getReportSource: ({ world }, { path }) => ({ status: 200, body: find(world, path.report_id).source }),
} satisfies Behaviours;

function find({ reports: kept }: World, id: string): ReportRecord {
  const record = kept.find(({ report }) => report.id === id);
  if (!record) throw notFound('report');
  return record;
}
