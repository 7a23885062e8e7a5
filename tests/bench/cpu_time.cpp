#include "tests/bench/cpu_time.h"

#include <dirent.h>

#include <cstdio>
#include <memory>
#include <string>

#include "tests/bench/sockets.h"

namespace bench {

std::uint64_t cpu_time_ns(int pid) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir(folder.c_str()), closedir);
  if (!tasks) give_up("the watched process is gone");
  std::uint64_t sum = 0;
  while (const dirent* task = readdir(tasks.get())) {
    if (task->d_name[0] == '.') continue;
    const std::string path = folder + "/" + task->d_name + "/schedstat";
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
    unsigned long long on_cpu = 0;
    if (file && std::fscanf(file.get(), "%llu", &on_cpu) == 1) sum += on_cpu;
  }
  return sum;
}

}  // namespace bench
