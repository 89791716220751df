-- wrk's side of the accept benchmark. Arguments: API key, name of this run, `keyed` or `plain`, body template.
-- Every request has its own number, and by it its own recipient and idempotency key.
dofile(debug.getinfo(1, 'S').source:match('^@(.*/)') .. 'done.lua')

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
