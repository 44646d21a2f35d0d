# Read by ctest, not by the build: asks the test program for its tests, each of which becomes a test
# of its own. The answer is kept beside the program until that changes.
#
# executable, emulator (may be empty), slowness (a factor on the time limit).

function(strait_names_of_tests result)
  execute_process(COMMAND ${emulator} ${executable} --list-tests-for-ctest ${ARGN}
    OUTPUT_VARIABLE names RESULT_VARIABLE failed TIMEOUT 120)
  if(failed)
    message(FATAL_ERROR "${executable} does not list its tests: ${failed}")
  endif()
  string(REGEX REPLACE "\r?\n" ";" names "${names}")
  set(${result} ${names} PARENT_SCOPE)
endfunction()

set(kept ${executable}.tests.cmake)
if(NOT EXISTS ${executable})
  add_test(strait_tests_not_built ${executable})
  return()
endif()
if(NOT EXISTS ${kept} OR ${executable} IS_NEWER_THAN ${kept})
  strait_names_of_tests(all_names)
  strait_names_of_tests(exclusive_names "[exclusive]")
  file(WRITE ${kept}.new "set(all_names [==[${all_names}]==])\n"
    "set(exclusive_names [==[${exclusive_names}]==])\n")
  file(RENAME ${kept}.new ${kept})
endif()
include(${kept})

# The long mode takes its time, everywhere.
if("$ENV{STRAIT_TEST_SCALE}" GREATER 0.5)
  math(EXPR slowness "${slowness} * 8")
endif()
math(EXPR limit "60 * ${slowness}")
foreach(name IN LISTS all_names)
  add_test("${name}" ${emulator} "${executable}" --exactly "${name}")
  list(FIND exclusive_names "${name}" alone)
  if(alone EQUAL -1)
    set(alone OFF)
  else()
    set(alone ON)
  endif()
  set_tests_properties("${name}" PROPERTIES
    TIMEOUT ${limit} SKIP_REGULAR_EXPRESSION "SKIPPED: " RUN_SERIAL ${alone})
endforeach()
