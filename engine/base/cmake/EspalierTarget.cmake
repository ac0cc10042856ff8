# How every target of the project is made: one place for flags, include root and libraries.

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(ESPALIER_CCACHE ccache)
    if(ESPALIER_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${ESPALIER_CCACHE})
    endif()
endif()

add_library(espalier_flags INTERFACE)
target_include_directories(espalier_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(espalier_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wno-missing-field-initializers
    -Wno-restrict # GCC 12 reports string concatenation falsely (GCC bug 105651)
    -ffp-contract=off) # a fused multiply-add must never depend on how a loop was inlined: same bits everywhere
if(ESPALIER_WARNINGS_AS_ERRORS)
    target_compile_options(espalier_flags INTERFACE -Werror)
endif()
if(ESPALIER_SANITIZE)
    target_compile_options(espalier_flags INTERFACE -fsanitize=${ESPALIER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(espalier_flags INTERFACE -fsanitize=${ESPALIER_SANITIZE})
endif()

# espalier_library(ops SOURCES a.cpp b.cpp LIBRARIES espalier_tensor): static library espalier_ops.
function(espalier_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    add_library(espalier_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(espalier_${name} PUBLIC espalier_flags ${ARG_LIBRARIES} PRIVATE ${ARG_PRIVATE_LIBRARIES})
    set_target_properties(espalier_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# Everything that the tests labelled "engine" need: what the sanitizers build.
add_custom_target(engine_tests)

# espalier_test(tst_shape SOURCES tst_shape.cpp LIBRARIES espalier_tensor [LABELS engine]): a Qt Test run by ctest.
function(espalier_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/bin)
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} Qt6::Test espalier_flags)
    # QT_NO_EMIT: Builder::emit is a name of ours.
    target_compile_definitions(${name} PRIVATE QT_NO_EMIT ESPALIER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ESPALIER_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    if("engine" IN_LIST ARG_LABELS)
        add_dependencies(engine_tests ${name})
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
        ENVIRONMENT "LC_ALL=C.UTF-8;QT_QPA_PLATFORM=offscreen")
endfunction()
