import express from 'express';

/** The ceiling of tracking: what Express 5 does to answer with an image and nothing else. The port is its argument. */
const IMAGE = Buffer.alloc(42);
const app = express().disable('x-powered-by').disable('etag');
app.get('/o/:token', (_request, response) => {
  response.setHeader('Content-Type', 'image/gif').end(IMAGE);
});
app.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
