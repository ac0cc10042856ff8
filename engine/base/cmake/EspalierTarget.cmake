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

# espalier_qt_library(widgets_graph SOURCES ... LIBRARIES ...): as espalier_library, with Qt Widgets and Svg, moc, and
# Qt's headers precompiled once for all of them (espalier_qt, in widgets/common).
function(espalier_qt_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    add_library(espalier_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(espalier_${name} PUBLIC espalier_qt ${ARG_LIBRARIES} PRIVATE ${ARG_PRIVATE_LIBRARIES})
    set_target_properties(espalier_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON AUTOMOC ON)
    target_precompile_headers(espalier_${name} REUSE_FROM espalier_qt)
endfunction()

# Strings of the studio are QString by intent, connections have a context, nothing deprecated by Qt 6.4 is used.
set(ESPALIER_QT_DEFINITIONS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_FOREACH QT_NO_CONTEXTLESS_CONNECT
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_DISABLE_DEPRECATED_BEFORE=0x060400 QT_DISABLE_DEPRECATED_UP_TO=0x060400)

# Everything that the tests labelled "engine" need: what the sanitizers build.
add_custom_target(engine_tests)
# Those of them that start threads of ours, labelled "threads", too: what the thread sanitizer builds. OpenMP's are not
# among them: libgomp's barriers are invisible to it, so that every parallel loop looks like a race.
add_custom_target(thread_tests)
set(ESPALIER_TEST_ENVIRONMENT "LC_ALL=C.UTF-8;QT_QPA_PLATFORM=offscreen")
if(ESPALIER_SANITIZE MATCHES thread)
    list(APPEND ESPALIER_TEST_ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
endif()

# espalier_test(tst_shape SOURCES tst_shape.cpp LIBRARIES espalier_tensor [LABELS engine]): a Qt Test run by ctest.
function(espalier_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/bin)
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} Qt6::Test espalier_flags)
    if(NOT ARG_LABELS MATCHES "widgets|gui")
        target_compile_definitions(${name} PRIVATE QT_NO_EMIT) # Builder::emit is a name of ours
    endif()
    target_compile_definitions(${name} PRIVATE ESPALIER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ESPALIER_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    if("engine" IN_LIST ARG_LABELS)
        add_dependencies(engine_tests ${name})
    endif()
    if("threads" IN_LIST ARG_LABELS)
        add_dependencies(thread_tests ${name})
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
        ENVIRONMENT "${ESPALIER_TEST_ENVIRONMENT}")
endfunction()
