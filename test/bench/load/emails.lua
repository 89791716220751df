-- wrk's side of the accept benchmark. Arguments: API key, name of this run, `keyed` or `plain`, body template.
-- Every request has its own number, and by it its own recipient and idempotency key.
local head, body, run, keyed
local number = 0

function init(args)
  body = args[4]
  run = args[2]
  keyed = args[3] == 'keyed'
  head = 'POST ' .. wrk.path .. ' HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port .. '\r\nAuthorization: Bearer ' .. args[1] ..
    '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n'
end

function request()
  number = number + 1
  local digits = string.format('%08d', number)
  local key = keyed and ('Idempotency-Key: ' .. run .. '-' .. digits .. '\r\n') or ''
  return head .. key .. '\r\n' .. string.gsub(body, '########', digits)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
