import express, { type RequestHandler } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import contract from '../../../server/generated/openapi.gen.json' with { type: 'json' };
import { serveAnswers } from './answer.ts';

/**
 * The second ceiling of accept: Express 5 with express-openapi-validator and the real contract before the same answer.
 * Formats are taken as they come. Started as a process of its own; the port is its argument.
 */
const any = () => true;
const app = express().disable('x-powered-by').disable('etag');
app.use(express.json());
app.use(
  ...(OpenApiValidator.middleware({
    apiSpec: contract as never,
    validateApiSpec: false,
    validateSecurity: false,
    fileUploader: false,
    formats: {
      mailbox: any,
      address: any,
      'header-text': any,
      'base64-content': any,
      'content-type': any,
      'content-id': any,
      binary: any,
    },
  }) as RequestHandler[]),
);
serveAnswers(app);
