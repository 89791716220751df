import type { Express } from 'express';

/** Answers POST /emails as the real server would, without doing anything, at the port in the arguments. */
export function serveAnswers(app: Express): void {
  app.post('/api/v2/emails', (request, response) => {
    response.status(202).json({
      id: 'em_01k9zq7d8ye2wbn5w0c8v7x3ma',
      status: 'queued',
      created_at: new Date().toISOString(),
      messages: [{ id: 'msg_01k9zq7d8ye2wbn5w0c8v7x3mb', recipient: request.body.to[0], kind: 'to', status: 'queued' }],
    });
  });
  app.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
}
