-- ARGV: id, order, holder, end of lease, ... An empty end of lease means that the entry waits.
local fresh = 0
for i = 3, #ARGV, 4 do
  local id, order, holder, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local known = redis.call('ZSCORE', leases, id) or redis.call('ZSCORE', ready, id)
  if not known and ends == '' then
    fresh = fresh + redis.call('ZADD', ready, order, id)
  elseif not known then
    redis.call('ZADD', leases, ends, id)
    redis.call('HSET', held, id, order .. ' ' .. holder)
  end
end
wake(fresh)
