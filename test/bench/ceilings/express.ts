import express from 'express';

/**
 * The ceiling of accept: what Express 5 does when there is nothing to do. JSON in, an answer of the same shape out.
 * Started as a process of its own; the port is its argument.
 */
const app = express().disable('x-powered-by').disable('etag');
app.use(express.json());
app.post('/api/v2/emails', (request, response) => {
  response.status(202).json({
    id: 'em_01k9zq7d8ye2wbn5w0c8v7x3ma',
    status: 'queued',
    created_at: new Date().toISOString(),
    messages: [{ id: 'msg_01k9zq7d8ye2wbn5w0c8v7x3mb', recipient: request.body.to[0], kind: 'to', status: 'queued' }],
  });
});
app.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
