-- ARGV: id. Answers whether it was held.
if put_back(ARGV[3]) then
  wake(1)
  return 1
end
return 0
