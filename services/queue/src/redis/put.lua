-- ARGV: id, order, ...
local fresh = 0
for i = 3, #ARGV, 2 do
  local id, order = ARGV[i], ARGV[i + 1]
  if redis.call('ZSCORE', leases, id) then
    local holder = string.match(redis.call('HGET', held, id) or '', ' .*$') or ' '
    redis.call('HSET', held, id, order .. holder)
  else
    fresh = fresh + redis.call('ZADD', ready, order, id)
  end
end
wake(fresh)
