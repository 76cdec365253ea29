local built = KEYS[4] -- run id of the server on which the last rebuild was completed
local epoch = KEYS[5] -- number of clearings

-- Another server, or the same one started again, may hold an old copy of the data.
local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end
