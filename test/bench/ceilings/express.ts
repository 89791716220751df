import express from 'express';
import { serveAnswers } from './answer.ts';

/**
 * The ceiling of accept: what Express 5 does when there is nothing to do. JSON in, an answer of the same shape out.
 * Started as a process of its own; the port is its argument.
 */
const app = express().disable('x-powered-by').disable('etag');
app.use(express.json());
serveAnswers(app);
