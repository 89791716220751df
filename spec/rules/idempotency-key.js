export default function idempotencyKey(operation, { exceptions }, { path }) {
  const created = ['201', '202'].find((status) => operation.responses?.[status]);
  const takes = (operation.parameters ?? []).some((p) => p.in === 'header' && p.name === 'Idempotency-Key');
  const excepted = Object.hasOwn(exceptions, operation.operationId);
  if (excepted && (takes || !created))
    return [{ message: `${operation.operationId} needs no exception from Idempotency-Key; remove it`, path }];
  if (!created || excepted) return [];
  if (!takes) return [{ message: `answers ${created}, so it must take the header Idempotency-Key`, path }];
  if (!operation.responses[created].headers?.['Idempotent-Replayed'])
    return [{ message: `${created} must have the header Idempotent-Replayed`, path: [...path, 'responses', created] }];
  return [];
}
